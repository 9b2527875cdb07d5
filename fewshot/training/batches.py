"""The batches of a training: tasks drawn for each step, or a step's part of a fixed list of pairs."""

from collections.abc import Callable

import torch
from torch import Tensor

from fewshot.core.checks import Size, size_of
from fewshot.core.recipe import Recipe
from fewshot.core.types import Batch, Tasks
from fewshot.data.bank import ImageBank
from fewshot.tasks.augment import augment, distortions
from fewshot.tasks.pairs import PairSampler
from fewshot.tasks.sampler import TaskSampler, gather


def class_count(bank: ImageBank, recipe: Recipe) -> int:
    """The number of training classes: the bank's, times four if classes or tasks are turned."""
    return turned(len(bank.classes), recipe)


def turned(classes: int, recipe: Recipe) -> int:
    """The number of classes after turns: four for each class, or as many as before without turns."""
    return classes * (1 if recipe.turn == "none" else 4)


def batches(
    bank: ImageBank,
    recipe: Recipe,
    seed: int,
    size: Size | None = None,
    part: Callable[[Tensor], Tensor] = lambda numbers: numbers,
) -> Callable[[int], Batch]:
    """A function from a step's number to its distorted tasks or pairs, independent of other steps.

    Images are of `size`, by default the bank's: random crops, or else the centres. `part` takes
    this process's part of the numbers of a step. Raises `RequestError` at once if the bank cannot give the tasks or
    pairs.
    """
    size = size or size_of(bank.shape[1:])
    bank = bank if recipe.crop else bank.centre(size)
    if recipe.pairs:
        return PairSampler(bank, recipe, seed, size, part).pairs
    source = TaskSampler(bank, recipe.task, recipe.within_group, recipe.other_authors, forged=recipe.forged)

    def tasks(step: int) -> Tasks:
        number = part(torch.arange(step * recipe.batch, (step + 1) * recipe.batch, device=bank.device))
        drawn = gather(bank, source.draw(seed, "train", number))
        return augment(drawn, seed, number, size=size, turn=recipe.turn, **distortions(recipe))

    return tasks
