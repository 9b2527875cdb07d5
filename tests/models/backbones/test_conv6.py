"""Conv6: size, arithmetic and borders."""

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, max_pool2d, relu

from fewshot.core.errors import RequestError
from fewshot.models.backbones.conv6 import conv6


def test_the_number_of_weights():
    block = lambda inputs: 64 * inputs * 9 + 64 + 2 * 64  # noqa: E731  convolution, its bias, scale and bias of the norm
    assert sum(w.numel() for w in conv6((3, 28, 28)).parameters()) == block(3) + 5 * block(64)


@pytest.mark.parametrize(
    ("shape", "kept"), [((1, 28, 28), (64, 1, 1)), ((3, 84, 84), (64, 5, 5)), ((1, 16, 35), (64, 1, 2))]
)
def test_the_last_two_blocks_keep_the_map_of_conv4(shape, kept):
    encoder = conv6(shape)
    assert encoder.shape == kept
    assert encoder(torch.rand(2, *shape)).shape == (2, kept[0] * kept[1] * kept[2])


def test_it_is_six_blocks_of_which_four_are_pooled():
    torch.manual_seed(0)
    encoder, images = conv6((1, 35, 28), widths=(3, 4, 5, 6, 7, 8)), torch.rand(2, 1, 35, 28)
    for norm in encoder.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(norm.weight)  # negative scales too: pooling must come after the norm
            torch.nn.init.normal_(norm.bias)
    expected = images
    for number, (kernel, bias, scale, shift) in enumerate(zip(*[iter(encoder.parameters())] * 4, strict=True)):
        normed = batch_norm(conv2d(expected, kernel, bias, padding=1), None, None, scale, shift, training=True)
        expected = max_pool2d(relu(normed), 2) if number < 4 else relu(normed)
    assert number == 5
    torch.testing.assert_close(encoder(images), expected.flatten(1))


def test_wrong_options_and_images_are_refused():
    with pytest.raises(RequestError, match=r"at least 16 px .*, got 15 × 28"):
        conv6((1, 15, 28))
    with pytest.raises(RequestError, match=r"more than 4 widths, got 4"):
        conv6((1, 28, 28), widths=(64, 64, 64, 64))
