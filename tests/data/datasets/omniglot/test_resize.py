"""Resizing by area against plain loops."""

import numpy as np
import pytest

from fewshot.data.datasets.omniglot.resize import area_resize


def share(ink: np.ndarray, row: int, column: int, size: int) -> float:
    side, total = len(ink), 0.0
    for y in range(side):
        for x in range(side):
            high = max(0, min((row + 1) * side, (y + 1) * size) - max(row * side, y * size))
            wide = max(0, min((column + 1) * side, (x + 1) * size) - max(column * side, x * size))
            total += ink[y, x] * high * wide / side**2
    return total


@pytest.mark.parametrize("size", [1, 3, 4, 7, 10])
def test_each_pixel_is_its_share_of_ink(size):
    ink = np.random.default_rng(size).random((3, 7, 7)) < 0.4
    expected = [[[share(one, row, column, size) for column in range(size)] for row in range(size)] for one in ink]
    assert np.array_equal(area_resize(ink, size), np.floor(255 * np.array(expected) + 0.5 + 1e-9).astype(np.uint8))


def test_the_native_size_is_ink_at_255_and_28_has_grey_levels():
    ink = np.random.default_rng(0).random((600, 105, 105)) < 0.2
    assert np.array_equal(area_resize(ink, 105), ink * np.uint8(255))
    small = area_resize(ink, 28)
    assert len(np.unique(small)) > 50
    assert np.array_equal(small[510:515], area_resize(ink[510:515], 28))
