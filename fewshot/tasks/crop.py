"""Random resized crops and mirror images, batched: photographs seen from nearer and the other way round."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

ASPECT = 4 / 3  # a window is at most so many times as wide as it is high, or as high as it is wide


def windows(drawn: Float[Tensor, "*image 4"], least: float) -> Float[Tensor, "*image 4"]:
    """Windows of images, by uniform random numbers: centre x and y, width and height.

    Half an image is 1, so that a whole one is (0, 0, 1, 1).
    The share of the area is uniform from `least` to 1, the logarithm of the aspect uniform as far as the window lies
    within the image (torchvision draws again and again until it does), and so is the place.
    """
    share, aspect, x, y = drawn.unbind(-1)
    area = least + (1 - least) * share
    widest = (-area.log()).clamp(max=math.log(ASPECT))
    aspect = ((2 * aspect - 1) * widest).exp()
    width, height = (area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1)
    return torch.stack([(2 * x - 1) * (1 - width), (2 * y - 1) * (1 - height), width, height], -1)


def cropped(
    images: Float[Tensor, "image channel height width"], window: Float[Tensor, "image 4"], size: int
) -> Float[Tensor, "image channel size size"]:
    """Each image's window, `size` pixels wide and high, by bilinear interpolation.

    Where an image is much larger than `size`, the mean of several samples stands for a pixel, which keeps what is finer
    than a pixel from showing as a pattern; up to half as large again, one sample does.
    """
    fine = max(1, round(min(images.shape[-2:]) / size))
    x, y, width, height = window.unbind(-1)
    none = torch.zeros_like(x)
    matrix = torch.stack([torch.stack([width, none, x], -1), torch.stack([none, height, y], -1)], 1)
    grid = affine_grid(matrix, [*images.shape[:2], fine * size, fine * size], align_corners=False)
    found = grid_sample(images, grid, padding_mode="border", align_corners=False)
    return avg_pool2d(found, fine) if fine > 1 else found


def mirrored(drawn: Float[Tensor, "*image 1"], probability: float) -> Bool[Tensor, "*image"]:
    """Which images are mirrored, left to right, by uniform random numbers."""
    return drawn[..., 0] < probability
