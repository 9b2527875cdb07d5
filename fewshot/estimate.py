"""How long a training step takes here: measured on tasks of made-up images of the right size."""

import time
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from statistics import median

import torch

from fewshot.augment import augment
from fewshot.contracts import Tasks
from fewshot.device import pick_device
from fewshot.lessons import turned
from fewshot.protocols import load_protocol
from fewshot.run import image_shape, make_learner, make_loss
from fewshot.spec import RunSpec
from fewshot.training import train

STEPS, LONGEST = 6, 3.0  # of which the first warms up; seconds after which fewer do


class _Enough(Exception):
    pass


def step_seconds(spec: RunSpec, device: str = "auto") -> float:
    """Seconds of one training step of a spec on this machine; drawing tasks is not in it, nor is evaluation."""
    place, recipe = pick_device(device), spec.training
    image = image_shape(spec)
    learner = make_learner(spec, image, place)
    learner.to(memory_format=torch.channels_last if recipe.channels_last else torch.contiguous_format)
    classes = len(load_protocol(spec.protocol.name).learned_from(recipe.learn))
    loss = make_loss(spec, learner, turned(classes, recipe), place)
    many, way, shot, query = recipe.tasks_a_step, recipe.shape.way, recipe.shape.shot, recipe.shape.query
    draw = torch.Generator(place).manual_seed(0)
    support, both = (torch.rand(many, way, images, *image, device=place, generator=draw) for images in (shot, query))
    made_up = Tasks(support, both, torch.arange(way, device=place).expand(many, -1))
    numbers, stamps = torch.arange(many, device=place), []

    def tasks(step: int) -> Tasks:
        if place.type == "cuda":
            torch.cuda.synchronize(place)
        stamps.append(time.perf_counter())
        if (len(stamps) > 2 and stamps[-1] - stamps[0] > LONGEST) or len(stamps) > STEPS:
            raise _Enough
        return augment(made_up, spec.seed, numbers, affine=recipe.affine, turn=recipe.turn)

    with suppress(_Enough):
        train(learner, loss, tasks, None, replace(recipe, steps=STEPS + 2, val_every=STEPS + 2, select="last"))
    each = [after - before for before, after in pairwise(stamps)]
    return median(each[1:] or each)
