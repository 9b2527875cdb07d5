"""Resizing in tensors beside Pillow's, and the preparation of each data set beside its own: the same bytes."""

import itertools

import numpy as np
import pytest
import torch
from PIL import Image

from fewshot.core.checks import Oblong
from fewshot.data.readers.image_file import FITS, fitted
from fewshot.data.readers.in_tensors import fit_tensors
from fewshot.registry.lookup import load

SHAPES = (12, 14), (14, 12), (61, 23), (23, 61), (90, 17), (1, 40), (40, 1), (3, 3), (10, 13)  # px, height and width


def photographs(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))


@pytest.mark.parametrize("fit", FITS)
def test_it_is_pillows_to_the_last_bit(fit):
    for (high, wide), size in itertools.product(SHAPES, (12, 31, Oblong(10, 13), Oblong(19, 4))):
        images = photographs((2, 3, high, wide))
        expected = [fitted(Image.fromarray(one.permute(1, 2, 0).numpy()), 3, size, fit) for one in images]
        np.testing.assert_array_equal(fit_tensors(images, size, fit).numpy(), expected, f"{high} × {wide} to {size}")


@pytest.mark.parametrize(
    ("name", "options", "shapes"),
    [
        ("folder:x", {"path": "x", "channels": 1, "fit": "pad"}, SHAPES),
        ("miniimagenet", {"channels": 1, "resize": 25}, SHAPES),
        ("lfw", {}, [(250, 250), (90, 61), (33, 84)]),
        ("lfw", {"images": "detected"}, [(84, 84), (20, 31)]),
        ("omniglot", {}, [(105, 105)]),
        ("omniglot_and_mnist", {"strokes": "own"}, [(105, 105)]),
        ("typefaces", {}, [(28, 28), (40, 31)]),
    ],
)
def test_a_data_set_prepares_tensors_as_it_prepares_images(name, options, shapes):
    dataset = load("datasets", name)
    for (high, wide), size in itertools.product(shapes, (20, 24)):
        image = photographs((1, 1, high, wide))
        expected = dataset.prepare(Image.fromarray(image[0, 0].numpy()), size, **options)
        np.testing.assert_array_equal(dataset.prepare_tensors(image, size, **options)[0].numpy(), expected)
