"""Distortions of a batch of tasks, on its device, with random numbers from the tasks' own addresses."""

import math
from dataclasses import replace

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from fewshot.contracts import Tasks
from fewshot.rng import random_bits, uniform

# Koch et al. 2015, section 3.3: degrees, shear, scale, and pixels of an image of 105.
ROTATION, SHEAR, SCALE, SHIFT = math.radians(10), 0.3, 0.2, 2 / 105


def augment(tasks: Tasks, seed: int, number: Int64[Tensor, " task"], *, affine: float, turn: str) -> Tasks:
    """Distort every image on its own (`affine`: probability of each component) and turn whole tasks or classes.

    A turned class is another class: where there are turns, class c at k quarter turns has the number 4 c + k.
    """
    if affine:
        way, shot, query = *tasks.support.shape[1:3], tasks.query.shape[2]
        matrix = affine_matrices(seed, number, way * (shot + query), affine).unflatten(1, (way, -1))
        warp = [_warp(tasks.support, matrix[:, :, :shot]), _warp(tasks.query, matrix[:, :, shot:])]
        tasks = replace(tasks, support=warp[0], query=warp[1])
    if turn != "none":
        turns = random_bits(seed, "turn", number, tasks.classes.shape[1]) >> 40 & 3
        turns = turns if turn == "class" else turns[:, :1].expand_as(turns)
        each = turns[..., None, None, None, None]
        support, query = _turned(tasks.support, each), _turned(tasks.query, each)
        tasks = Tasks(support, query, 4 * tasks.classes + turns)
    return tasks


def affine_matrices(
    seed: int, number: Int64[Tensor, " task"], images: int, probability: float
) -> Float[Tensor, "task image 2 3"]:
    """Koch's affine distortions as maps from output to input places, in `affine_grid`'s units (half an image is 1)."""
    values = uniform(random_bits(seed, "affine", number, images * 14)).unflatten(1, (images, 14))
    amount, chosen = values[..., :7] * 2 - 1, values[..., 7:] < probability
    angle, shear_x, shear_y, scale_x, scale_y, shift_x, shift_y = torch.where(chosen, amount, 0).unbind(-1)
    cos, sin = (angle * ROTATION).cos(), (angle * ROTATION).sin()
    shear_x, shear_y = shear_x * SHEAR, shear_y * SHEAR
    scale_x, scale_y = 1 / (1 + scale_x * SCALE), 1 / (1 + scale_y * SCALE)
    rows = [
        (cos - sin * shear_y) * scale_x, (cos * shear_x - sin) * scale_y, shift_x * 2 * SHIFT,
        (sin + cos * shear_y) * scale_x, (sin * shear_x + cos) * scale_y, shift_y * 2 * SHIFT,
    ]  # fmt: skip
    return torch.stack(rows, -1).unflatten(-1, (2, 3))


def _warp(images: Float[Tensor, "*task channel height width"], matrix: Float[Tensor, "*task 2 3"]) -> Tensor:
    flat = images.flatten(0, -4)
    grid = affine_grid(matrix.flatten(0, -3), list(flat.shape), align_corners=False)
    return grid_sample(flat, grid, align_corners=False).view_as(images)  # outside an image there is no ink


def _turned(images: Tensor, turns: Tensor) -> Tensor:
    images = torch.where(turns & 1 == 1, images.rot90(dims=(-2, -1)), images)
    return torch.where(turns & 2 == 2, images.flip(-2, -1), images)
