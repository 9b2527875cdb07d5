"""What a step learns from: tasks drawn for it, or its part of a fixed list of pairs."""

from collections.abc import Callable

import torch
from torch import Tensor

from fewshot.augment import augment, distortions
from fewshot.bank import ImageBank
from fewshot.contracts import Tasks
from fewshot.episodes import TaskSource, gather
from fewshot.pairs import PairSource
from fewshot.spec import Training


def learned_classes(bank: ImageBank, recipe: Training) -> int:
    """How many classes there are to learn: four times the bank's where they are turned."""
    return turned(len(bank.classes), recipe)


def turned(classes: int, recipe: Training) -> int:
    """So many classes with those that turns make of them."""
    return classes * (1 if recipe.turn == "none" else 4)


def lessons(
    bank: ImageBank,
    recipe: Training,
    seed: int,
    size: int = 0,
    part: Callable[[Tensor], Tensor] = lambda numbers: numbers,
) -> Callable[[int], Tasks]:
    """The distorted tasks of a step by its number, whatever came before; of several processes, each has its `part`.

    Images are `size` pixels wide and high, by default as many as the bank's: random crops or else the centres.
    Raises `RequestError` at once for tasks or pairs that the bank cannot give.
    """
    size = size or bank.shape[-1]
    bank = bank if recipe.crop else bank.centre(size)
    if recipe.pairs:
        return PairSource(bank, recipe, seed, size, part).tasks
    source = TaskSource(bank, recipe.task, recipe.within_group, recipe.other_authors)

    def tasks(step: int) -> Tasks:
        number = part(torch.arange(step * recipe.batch, (step + 1) * recipe.batch, device=bank.device))
        drawn = gather(bank, source.draw(seed, "train", number))
        return augment(drawn, seed, number, size=size, turn=recipe.turn, **distortions(recipe))

    return tasks
