"""Affine distortions of images (Koch et al. 2015)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

# Koch et al. 2015, section 3.3: degrees, shear, scale, and pixels of an image of 105.
ROTATION, SHEAR, SCALE, SHIFT = math.radians(10), 0.3, 0.2, 2 / 105


def affine_matrices(drawn: Float[Tensor, "task image 14"], probability: float) -> Float[Tensor, "task image 2 3"]:
    """Koch's affine distortions as maps from output to input positions, in `affine_grid`'s units (half an image is 1).

    Each component is drawn with this `probability`.
    """
    amount, chosen = drawn[..., :7] * 2 - 1, drawn[..., 7:] < probability
    angle, shear_x, shear_y, scale_x, scale_y, shift_x, shift_y = torch.where(chosen, amount, 0).unbind(-1)
    cos, sin = (angle * ROTATION).cos(), (angle * ROTATION).sin()
    shear_x, shear_y = shear_x * SHEAR, shear_y * SHEAR
    scale_x, scale_y = 1 / (1 + scale_x * SCALE), 1 / (1 + scale_y * SCALE)
    rows = [
        (cos - sin * shear_y) * scale_x, (cos * shear_x - sin) * scale_y, shift_x * 2 * SHIFT,
        (sin + cos * shear_y) * scale_x, (sin * shear_x + cos) * scale_y, shift_y * 2 * SHIFT,
    ]  # fmt: skip
    return torch.stack(rows, -1).unflatten(-1, (2, 3))


def warp(images: Float[Tensor, "image channel height width"], matrix: Float[Tensor, "#image 2 3"]) -> Tensor:
    """The images distorted by their matrices, or all by one, without ink from outside of them."""
    height, width = images.shape[-2:]
    if height != width:  # in pixels the map is that of a square
        matrix = matrix.clone()
        matrix[:, 0, 1] *= height / width
        matrix[:, 1, 0] *= width / height
    grid = affine_grid(matrix, [matrix.shape[0], *images.shape[1:]], align_corners=False)
    return grid_sample(images, grid.expand(images.shape[0], -1, -1, -1), align_corners=False)
