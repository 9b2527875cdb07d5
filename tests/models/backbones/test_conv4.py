"""Conv4: size, arithmetic and borders."""

import math

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, max_pool2d, relu

from fewshot.core.errors import RequestError
from fewshot.models.backbones.conv4 import conv4


@pytest.mark.parametrize("channels", [1, 3])
def test_the_number_of_weights(channels):
    block = lambda inputs: 64 * inputs * 9 + 64 + 2 * 64  # noqa: E731  convolution, its bias, scale and bias of the norm
    assert sum(w.numel() for w in conv4((channels, 28, 28)).parameters()) == block(channels) + 3 * block(64)


@pytest.mark.parametrize(
    ("shape", "dim"), [((1, 28, 28), 64), ((1, 32, 32), 256), ((3, 84, 84), 1600), ((1, 16, 35), 128)]
)
def test_the_embedding(shape, dim):
    encoder = conv4(shape)
    assert math.prod(encoder.shape) == dim
    assert encoder(torch.rand(2, *shape)).shape == (2, dim)


def test_it_is_convolution_norm_relu_and_pooling_four_times():
    torch.manual_seed(0)
    encoder, images = conv4((1, 35, 28), widths=(3, 4, 5, 6)), torch.rand(2, 1, 35, 28)
    for norm in encoder.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(norm.weight)  # negative scales too: pooling must come after the norm
            torch.nn.init.normal_(norm.bias)
    weights, expected = list(encoder.parameters()), images
    for kernel, bias, scale, shift in zip(*[iter(weights)] * 4, strict=True):
        normed = batch_norm(conv2d(expected, kernel, bias, padding=1), None, None, scale, shift, training=True)
        expected = max_pool2d(relu(normed), 2)
    torch.testing.assert_close(encoder(images), expected.flatten(1))


def test_the_widths_are_an_option():
    encoder = conv4((1, 28, 28), widths=[8, 16])
    assert encoder.shape == (16, 7, 7)
    assert [tuple(w.shape) for w in encoder.parameters() if w.ndim == 4] == [(8, 1, 3, 3), (16, 8, 3, 3)]


@pytest.mark.parametrize("side", [(15, 28), (28, 15)])
def test_images_that_are_too_small_are_refused(side):
    with pytest.raises(RequestError, match=rf"at least 16 px .*, got {side[0]} × {side[1]}"):
        conv4((1, *side))
