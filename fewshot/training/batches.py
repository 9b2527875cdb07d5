"""The batches of a training: tasks drawn for each step, or its part of a fixed list of pairs."""

from collections.abc import Callable

import torch
from torch import Tensor

from fewshot.core.recipe import Recipe
from fewshot.core.types import Batch, Tasks
from fewshot.data.bank import ImageBank
from fewshot.tasks.augment import augment, distortions
from fewshot.tasks.pairs import PairSampler
from fewshot.tasks.sampler import TaskSampler, gather


def class_count(bank: ImageBank, recipe: Recipe) -> int:
    """How many classes there are to learn: four times the bank's where they are turned."""
    return turned(len(bank.classes), recipe)


def turned(classes: int, recipe: Recipe) -> int:
    """So many classes with those that turns make of them."""
    return classes * (1 if recipe.turn == "none" else 4)


def batches(
    bank: ImageBank,
    recipe: Recipe,
    seed: int,
    size: int = 0,
    part: Callable[[Tensor], Tensor] = lambda numbers: numbers,
) -> Callable[[int], Batch]:
    """The distorted tasks or pairs of a step by its number, whatever came before; each process has its `part`.

    Images are `size` pixels wide and high, by default as many as the bank's: random crops or else the centres.
    Raises `RequestError` at once for tasks or pairs that the bank cannot give.
    """
    size = size or bank.shape[-1]
    bank = bank if recipe.crop else bank.centre(size)
    if recipe.pairs:
        return PairSampler(bank, recipe, seed, size, part).pairs
    source = TaskSampler(bank, recipe.task, recipe.within_group, recipe.other_authors)

    def tasks(step: int) -> Tasks:
        number = part(torch.arange(step * recipe.batch, (step + 1) * recipe.batch, device=bank.device))
        drawn = gather(bank, source.draw(seed, "train", number))
        return augment(drawn, seed, number, size=size, turn=recipe.turn, **distortions(recipe))

    return tasks
