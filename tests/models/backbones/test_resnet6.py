"""Resnet6: size, arithmetic and borders."""

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, max_pool2d, relu

from fewshot.core.errors import RequestError
from fewshot.models.backbones.resnet6 import resnet6


def test_the_number_of_weights():
    block = lambda inputs, outputs: outputs * inputs * 9 + outputs + 2 * outputs  # noqa: E731  with bias and norm
    pooled = block(1, 32) + block(32, 64) + block(64, 128) + block(128, 256)
    assert sum(w.numel() for w in resnet6((1, 32, 32)).parameters()) == pooled + 2 * block(128, 128)


@pytest.mark.parametrize(
    ("shape", "kept"), [((1, 32, 32), (256, 2, 2)), ((3, 84, 84), (256, 5, 5)), ((1, 16, 35), (256, 1, 2))]
)
def test_it_halves_the_map_four_times(shape, kept):
    encoder = resnet6(shape)
    assert encoder.shape == kept
    assert encoder(torch.rand(2, *shape)).shape == (2, kept[0] * kept[1] * kept[2])


def test_it_is_pooled_blocks_and_residual_ones_after_the_third():
    torch.manual_seed(0)
    encoder, images = resnet6((1, 35, 28), widths=(3, 4, 5, 6), residual=2), torch.rand(2, 1, 35, 28)
    for norm in encoder.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(norm.weight)  # negative scales too: pooling must come after the norm
            torch.nn.init.normal_(norm.bias)
    maps = images
    for number, (kernel, bias, scale, shift) in enumerate(zip(*[iter(encoder.parameters())] * 4, strict=True)):
        active = relu(batch_norm(conv2d(maps, kernel, bias, padding=1), None, None, scale, shift, training=True))
        maps = maps + active if number in (3, 4) else max_pool2d(active, 2)
    assert number == 5
    torch.testing.assert_close(encoder(images), maps.flatten(1))


@pytest.mark.parametrize(("pooled", "sides"), [(4, (2, 3)), (3, (4, 6)), (2, (8, 12)), (0, (32, 48))])
def test_only_the_first_blocks_halve_the_map(pooled, sides):
    encoder, images = resnet6((1, 32, 48), widths=(3, 4, 5, 6), pooled=pooled), torch.rand(2, 1, 32, 48)
    assert encoder.shape == (6, *sides)
    assert encoder(images).unflatten(1, encoder.shape).shape == (2, 6, *sides)
    assert [name for name, part in encoder.blocks.named_children() if isinstance(part, torch.nn.MaxPool2d)] == [
        name for name, part in resnet6((1, 32, 48)).blocks.named_children() if isinstance(part, torch.nn.MaxPool2d)
    ][:pooled]


def test_the_map_is_averaged_over_rectangles():
    torch.manual_seed(0)
    whole, images = resnet6((1, 64, 96), widths=(3, 4, 5, 6)).eval(), torch.rand(2, 1, 64, 96)
    pooled = resnet6((1, 64, 96), widths=(3, 4, 5, 6), pool=(2, 4)).eval()
    pooled.load_state_dict(whole.state_dict())
    assert pooled.shape == (6, 2, 1)
    maps = whole(images).view(2, *whole.shape)
    torch.testing.assert_close(pooled(images), maps[..., :4].unflatten(2, (2, 2)).mean((3, 4)).flatten(1))


def test_wrong_options_and_images_are_refused():
    with pytest.raises(RequestError, match=r"at least 16 px .*, got 15 × 32"):
        resnet6((1, 15, 32))
    with pytest.raises(RequestError, match=r"resnet6: expected 4 widths, got 3"):
        resnet6((1, 32, 32), widths=(8, 8, 8))
    with pytest.raises(RequestError, match=r"pool: expected rows and columns of a map of 2 × 3, got \(1, 4\)"):
        resnet6((1, 32, 48), pool=(1, 4))
