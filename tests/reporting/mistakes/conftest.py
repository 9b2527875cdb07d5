"""Twelve images of four classes in two groups, in which every pixel of an image is its number."""

import numpy as np
import pytest

from fewshot.reporting.mistakes.page import Images

CLASSES = ("G/a", "G/b", "H/a", "H/b")


@pytest.fixture
def images() -> Images:
    number = np.arange(12, dtype=np.uint8)
    return Images(
        number[:, None, None, None].repeat(4, 2).repeat(4, 3),
        [f"{CLASSES[one // 3]}/{one}.png" for one in range(12)],
        CLASSES,
        (number // 3).tolist(),
        {"2-way 1-shot": ([[[0], [3]], [[6], [9]]], [[[1, 2], [4, 5]], [[7, 8], [10, 11]]])},
        same=[(0, 1), (1, 0), (3, 4), (6, 7)],
        different=[(0, 3), (3, 6), (6, 9), (9, 0)],
    )
