"""Colour jitter: factors in their range, each step as torchvision has it, pixels held within 0 and 1."""

import pytest
import torch
from scipy.stats import kstest
from torchvision.transforms.v2 import functional

from fewshot.tasks.colour import factors, jittered

STILL = [1.0, 1.0, 1.0]


def noise(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def test_factors_are_uniform_in_their_range_and_of_their_own():
    found = factors(noise(2000, 3), 0.4).double()
    for factor in found.unbind(-1):
        assert kstest(factor, "uniform", (0.6, 0.8)).pvalue > 1e-4
    assert found.unique().numel() > 0.99 * found.numel()


@pytest.mark.parametrize(
    ("place", "theirs"),
    [(0, functional.adjust_brightness), (1, functional.adjust_contrast), (2, functional.adjust_saturation)],
)
@pytest.mark.parametrize("factor", [0.6, 1.4])
def test_each_step_is_torchvisions(place, theirs, factor):
    images, given = noise(3, 3, 6, 7), [*STILL]
    given[place] = factor
    expected = theirs(images, factor)
    torch.testing.assert_close(jittered(images, torch.tensor([given] * 3)), expected, atol=1e-3, rtol=0)


def test_all_steps_in_their_order():
    images = noise(1, 3, 5, 5)
    expected = functional.adjust_brightness(images, 1.3)
    expected = functional.adjust_saturation(functional.adjust_contrast(expected, 1.4), 0.6)
    torch.testing.assert_close(jittered(images, torch.tensor([[1.3, 1.4, 0.6]])), expected, atol=1e-3, rtol=0)


def test_every_image_has_factors_of_its_own_and_without_a_change_stays():
    images = noise(1, 3, 4, 4).expand(2, -1, -1, -1)
    found = jittered(images, torch.tensor([STILL, [0.5, 1.0, 1.0]]))
    torch.testing.assert_close(found[0], images[0])
    torch.testing.assert_close(found[1], images[1] / 2)


def test_a_grey_image_has_no_saturation():
    images = noise(1, 1, 6, 6)
    changed = jittered(images, torch.tensor([[1.2, 0.7, 1.0]]))
    assert not torch.allclose(changed, images)
    assert torch.equal(jittered(images, torch.tensor([[1.2, 0.7, 0.1]])), changed)
    of_colour = jittered(images.expand(-1, 3, -1, -1), torch.tensor([[1.2, 0.7, 0.1]]))
    torch.testing.assert_close(of_colour, changed.expand(-1, 3, -1, -1))  # grey in three channels stays grey


def test_pixels_stay_within_zero_and_one():
    found = jittered(noise(50, 3, 6, 6), factors(noise(50, 3), 1.0))
    assert 0 <= found.min() <= found.max() <= 1


def test_autocast_rounds_nothing():
    images, given = noise(2, 3, 6, 6), torch.tensor([[1.2, 0.7, 0.4]] * 2)
    with torch.autocast("cpu", torch.bfloat16):
        found = jittered(images, given)
    assert found.dtype == torch.float32
    assert torch.equal(found, jittered(images, given))
