"""The time of a training step on this machine, measured on made-up images."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch

from fewshot.core.device import pick_device
from fewshot.core.spec import RunSpec
from fewshot.core.types import Batch, Pairs, Tasks
from fewshot.data.normalise import made_up
from fewshot.protocols import with_own_split
from fewshot.tasks.augment import augment, distortions
from fewshot.tasks.images import image_shape, stored_side
from fewshot.training.batches import turned
from fewshot.training.build import make_learner, make_loss
from fewshot.training.loop import train

STEPS, LONGEST = 6, 3.0  # of which the first warms up; seconds after which fewer do


class _Enough(Exception):
    pass


def step_seconds(spec: RunSpec, device: str = "auto", folders: Sequence[Path] = ()) -> float:
    """Seconds of one training step of a spec on this machine; drawing tasks is not in it, nor is evaluation.

    Raises `RequestError` where the classes are the data set's own and it is in none of the `folders`.
    """
    place, recipe = pick_device(device), spec.training
    image = image_shape(spec)
    learner = make_learner(spec, image, place, made_up(image[0]))
    learner.to(memory_format=torch.channels_last if recipe.channels_last else torch.contiguous_format)
    classes = len(with_own_split(spec.protocol, spec.dataset, folders).learned_from(recipe.learn))
    loss = make_loss(spec, learner, turned(classes, recipe), place)
    many, way, shot, query = recipe.tasks_a_step, recipe.shape.way, recipe.shape.shot, recipe.shape.query
    draw = torch.Generator(place).manual_seed(0)
    side = stored_side(spec) if recipe.crop else spec.size
    support, both = (
        torch.rand(many, way, images, image[0], side, side, device=place, generator=draw) for images in (shot, query)
    )
    drawn = Tasks(support, both, torch.arange(way, device=place).expand(many, -1))
    numbers, stamps = torch.arange(many, device=place), []

    def tasks(step: int) -> Batch:
        if place.type == "cuda":
            torch.cuda.synchronize(place)
        stamps.append(time.perf_counter())
        if (len(stamps) > 2 and stamps[-1] - stamps[0] > LONGEST) or len(stamps) > STEPS:
            raise _Enough
        tasks = augment(drawn, spec.seed, numbers, size=spec.size, turn=recipe.turn, **distortions(recipe))
        return Pairs(tasks.query[:, :, 0], tasks.support[:, :, 0], tasks.classes) if recipe.pairs else tasks

    with suppress(_Enough):
        train(learner, loss, tasks, None, replace(recipe, steps=STEPS + 2, val_every=STEPS + 2, select="last"))
    each = [after - before for before, after in pairwise(stamps)]
    return median(each[1:] or each)
