"""Distortions of a batch on its device, with random numbers that depend on the seed and the tasks' numbers only.

The order: crop, mirror, colours, affine distortion, quarter turns.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float, Int64, Shaped
from torch import Tensor

from fewshot.core.affine import affine_matrices, warp
from fewshot.core.checks import Size, size_of
from fewshot.core.recipe import Recipe
from fewshot.core.rng import random_bits, uniform
from fewshot.core.types import Tasks
from fewshot.tasks.colour import factors, jittered
from fewshot.tasks.crop import cropped, mirrored, windows

NUMBERS = {"crop": 4, "flip": 1, "jitter": 3, "affine": 14}  # uniform random numbers for each image
SideImages = Float[Tensor, "task way _ channel _ _"]  # the supports of tasks, or their queries


def augment(tasks: Tasks, seed: int, number: Int64[Tensor, " task"], *, turn: str = "none", **given: float) -> Tasks:
    """Distort every image on its own by `distorted`, and turn whole tasks or classes by `turned`."""
    sides = distorted([tasks.support, tasks.query], seed, number, **given)
    return Tasks(*turned(sides, tasks.classes, seed, number, turn), tasks.forged)


def distorted(
    sides: Sequence[SideImages],
    seed: int,
    number: Int64[Tensor, " task"],
    *,
    affine: float = 0.0,
    class_affine: float = 0.0,
    crop: float = 0.0,
    flip: float = 0.0,
    jitter: float = 0.0,
    size: Size | None = None,
) -> Sequence[SideImages]:
    """Both sides, with every image distorted on its own, and by `class_affine` as all images of its class in the task.

    `affine` and `class_affine` are probabilities of each component, and `crop` the least share of the area. With
    `crop`, images are resized to `size` pixels, by default their own size.
    """
    each = sides[0].shape[1] * sum(images.shape[2] for images in sides)  # images of a task
    size = size or size_of(sides[0].shape[-2:])
    chances = {"crop": crop, "flip": flip, "jitter": jitter, "affine": affine}
    drawn = {
        name: uniform(random_bits(seed, name, number, each * NUMBERS[name])).unflatten(1, (each, NUMBERS[name]))
        for name, chance in chances.items()
        if chance
    }
    if crop:
        sides = _each(sides, windows(drawn["crop"], crop), lambda images, window: cropped(images, window, size))
    if flip:
        sides = _each(sides, mirrored(drawn["flip"], flip), _mirror)
    if jitter:
        sides = _each(sides, factors(drawn["jitter"], jitter), jittered)
    own = affine_matrices(drawn["affine"], affine) if affine else None
    if class_affine:
        way, (height, width) = sides[0].shape[1], sides[0].shape[-2:]
        values = uniform(random_bits(seed, "class_affine", number, way * NUMBERS["affine"])).unflatten(1, (way, -1))
        shared = affine_matrices(values, class_affine).repeat_interleave(each // way, 1)
        own = shared if own is None else chained(shared, own, height / width)
    return sides if own is None else _each(sides, own, warp)


def turned(
    sides: Sequence[SideImages],
    classes: Int64[Tensor, "task way"],
    seed: int,
    number: Int64[Tensor, " task"],
    turn: str,
) -> tuple[Tensor, ...]:
    """Both sides, with whole tasks or classes turned, and the numbers of the classes.

    A turned class is another class: with turns, class c at k quarter turns has the number 4 c + k.
    """
    if turn == "none":
        return *sides, classes
    turns = random_bits(seed, "turn", number, classes.shape[1]) >> 40 & 3
    turns = turns if turn == "class" else turns[:, :1].expand_as(turns)
    return *(_turned(images, turns[..., None, None, None, None]) for images in sides), 4 * classes + turns


def distortions(recipe: Recipe) -> dict:
    """The arguments of `augment` and `distorted` that a recipe sets, without the turns."""
    return {name: getattr(recipe, name) for name in ("affine", "class_affine", "crop", "flip", "jitter")}


def chained(
    first: Float[Tensor, "*image 2 3"], second: Float[Tensor, "*image 2 3"], aspect: float = 1.0
) -> Float[Tensor, "*image 2 3"]:
    """The map by which `warp` distorts an image of this height / width by `first` and what comes of it by `second`."""
    linear, shift = first[..., :2], first[..., 2:]
    of_shift = linear * linear.new_tensor([[1.0, aspect], [1 / aspect, 1.0]])  # as `warp` turns it for such an image
    return torch.cat([linear @ second[..., :2], of_shift @ second[..., 2:] + shift], -1)


def _each(
    sides: Sequence[SideImages], values: Shaped[Tensor, "task image *value"], distort: Callable
) -> Sequence[SideImages]:
    """Both sides, with every image distorted by its own value; values go class by class, supports first."""
    own = values.unflatten(1, (sides[0].shape[1], -1)).split([images.shape[2] for images in sides], 2)
    found = [distort(images.flatten(0, 2), value.flatten(0, 2)) for images, value in zip(sides, own, strict=True)]
    return [one.unflatten(0, images.shape[:3]) for one, images in zip(found, sides, strict=True)]


def _mirror(images: Float[Tensor, "image channel height width"], which: Bool[Tensor, " image"]) -> Tensor:
    return torch.where(which[:, None, None, None], images.flip(-1), images)


def _turned(images: Tensor, turns: Tensor) -> Tensor:
    images = torch.where(turns & 1 == 1, images.rot90(dims=(-2, -1)), images)
    return torch.where(turns & 2 == 2, images.flip(-2, -1), images)
