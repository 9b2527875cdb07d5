"""Windows within their image, uniform as they say; crops as plain loops make them; and mirror images."""

import math

import pytest
import torch
from scipy.stats import kstest

from fewshot.tasks.crop import ASPECT, cropped, mirrored, windows

UNLIKELY = 1e-4  # with fixed seeds a test either passes always or never
WHOLE = torch.tensor([[0.0, 0.0, 1.0, 1.0]])


def noise(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("least", [0.08, 0.35, 0.9, 1.0])
def test_a_window_lies_within_the_image_with_its_share_of_the_area(least):
    x, y, width, height = windows(noise(4000, 4), least).double().unbind(-1)
    for place, length in ((x, width), (y, height)):
        assert (place.abs() + length).max() <= 1 + 1e-6
    area, aspect = width * height, width / height
    assert least - 1e-5 <= area.min() <= area.max() <= 1 + 1e-6
    assert 1 / ASPECT - 1e-5 <= aspect.min() <= aspect.max() <= ASPECT + 1e-5
    if least < 1:
        assert kstest(area, "uniform", (least, 1 - least)).pvalue > UNLIKELY


def test_where_there_is_room_aspect_and_place_are_uniform():
    x, y, width, height = windows(noise(8000, 4), 0.1).double().unbind(-1)
    small = width * height < 1 / ASPECT  # any aspect fits
    log = math.log(ASPECT)
    assert kstest((width / height)[small].log(), "uniform", (-log, 2 * log)).pvalue > UNLIKELY
    for place, length in ((x, width), (y, height)):
        room = 1 - length > 0.05
        assert kstest((place / (1 - length))[room], "uniform", (-1, 2)).pvalue > UNLIKELY


def test_the_whole_image_stays_as_it_is():
    images = noise(1, 3, 9, 9)
    torch.testing.assert_close(cropped(images, WHOLE, 9), images)


def bilinear(image: torch.Tensor, y: float, x: float) -> float:
    """The value at a place in pixels, the first pixel's middle being 0; beyond the border it is the border's."""
    top, left = math.floor(y), math.floor(x)
    total = 0.0
    for row, of_row in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, of_column in ((left, 1 - (x - left)), (left + 1, x - left)):
            inside = image[min(max(row, 0), len(image) - 1), min(max(column, 0), image.shape[1] - 1)]
            total += of_row * of_column * float(inside)
    return total


def test_a_crop_is_what_plain_loops_make_of_it():
    images, size = noise(2, 2, 10, 10), 8
    window = torch.tensor([[0.2, -0.1, 0.7, 0.85], [-0.3, 0.25, 0.6, 0.5]])
    found = cropped(images, window, size)
    assert found.shape == (2, 2, size, size)
    for image, (x, y, width, height) in enumerate(window.tolist()):
        for channel in range(2):
            for row in range(size):
                for column in range(size):
                    place = [
                        ((middle + length * ((2 * step + 1) / size - 1)) + 1) / 2 * 10 - 0.5
                        for middle, length, step in ((y, height, row), (x, width, column))
                    ]
                    expected = bilinear(images[image, channel], *place)
                    assert found[image, channel, row, column] == pytest.approx(expected, abs=1e-5)


def test_detail_finer_than_a_pixel_is_not_aliased():
    """Stripes of single pixels, seen at 3/8 of their size, are even grey; one sample a pixel makes wide stripes."""
    stripes = (torch.arange(64) % 2).float().expand(1, 1, 64, 64)
    found = cropped(stripes, WHOLE, 24)
    assert (found - 0.5).abs().mean() < 0.15
    one_sample = torch.nn.functional.interpolate(stripes, (24, 24), mode="bilinear", align_corners=False)
    assert (one_sample - 0.5).abs().mean() > 0.2


def test_so_many_images_are_mirrored():
    which = mirrored(noise(400, 20, 1), 0.3)
    assert float(which.double().mean()) == pytest.approx(0.3, abs=0.02)
    assert not mirrored(noise(9, 20, 1), 0.0).any()
    assert mirrored(noise(9, 20, 1), 1.0).all()
