"""Random resized crops and mirror images, batched."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

from fewshot.core.checks import Size, sides

ASPECT = 4 / 3  # largest ratio of a window's longer to its shorter side


def windows(drawn: Float[Tensor, "*image 4"], least: float) -> Float[Tensor, "*image 4"]:
    """Windows of images, from uniform random numbers: centre x and y, width and height.

    Half an image is 1, so that the whole image is (0, 0, 1, 1). The share of the area is uniform from `least` to 1; the
    logarithm of the aspect and the position are uniform over the values that keep the window inside the image
    (torchvision rejects and draws again).
    """
    share, aspect, x, y = drawn.unbind(-1)
    area = least + (1 - least) * share
    widest = (-area.log()).clamp(max=math.log(ASPECT))
    aspect = ((2 * aspect - 1) * widest).exp()
    width, height = (area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1)
    return torch.stack([(2 * x - 1) * (1 - width), (2 * y - 1) * (1 - height), width, height], -1)


def cropped(
    images: Float[Tensor, "image channel height width"], window: Float[Tensor, "image 4"], size: Size
) -> Float[Tensor, "image channel _ _"]:
    """Each image's window, resized to `size` pixels by bilinear interpolation.

    If an image is at least 1.5 times as large as `size`, a pixel is the mean of several samples, to avoid aliasing.
    """
    height, width = sides(size)
    fine = max(1, round(min(images.shape[-2] / height, images.shape[-1] / width)))
    x, y, wide, high = window.unbind(-1)
    none = torch.zeros_like(x)
    matrix = torch.stack([torch.stack([wide, none, x], -1), torch.stack([none, high, y], -1)], 1)
    grid = affine_grid(matrix, [*images.shape[:2], fine * height, fine * width], align_corners=False)
    found = grid_sample(images, grid, padding_mode="border", align_corners=False)
    return avg_pool2d(found, fine) if fine > 1 else found


def mirrored(drawn: Float[Tensor, "*image 1"], probability: float) -> Bool[Tensor, "*image"]:
    """Whether each image is mirrored, left to right, from uniform random numbers."""
    return drawn[..., 0] < probability
