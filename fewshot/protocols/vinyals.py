"""Omniglot as in Vinyals et al. 2016: quarter turns are classes, and a task's classes are from any alphabets.

The split of Snell et al. 2017, which became the standard: of the characters in alphabetical order, images_background
first, the first 1,200 are train and val and the last 423 test; val is five alphabets. Each quarter turn is a class of
its own, so a task may contain one character at two turns. It is far easier than the official task, and its train split
includes four alphabets of the official trials.
"""

from collections.abc import Iterable

from fewshot.core.checks import between
from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.names import TURNS
from fewshot.data.class_lists.omniglot import VAL, background_classes, evaluation_classes
from fewshot.protocols._episodes import MOST, Episodes
from fewshot.protocols._protocol import Protocol, protocol

LEARNED = 1200  # characters: train and val


@protocol(later=["number"])
def vinyals(*, number: int = 10_000) -> Protocol:
    """1,028, 172 and 423 characters, times four; `number` test tasks of each kind, and on val at most 1,000."""
    between(2, MOST, number=number)  # an interval needs two
    names = background_classes() + evaluation_classes()
    learned, test = names[:LEARNED], names[LEARNED:]
    shapes = [TaskShape(20, 1, 5), TaskShape(20, 5, 5), TaskShape(5, 1, 15), TaskShape(5, 5, 15)]
    return Protocol(
        name="vinyals",
        dataset="omniglot",
        classes={
            "train": _turned(name for name in learned if name.split("/")[0] not in VAL),
            "val": _turned(name for name in learned if name.split("/")[0] in VAL),
            "test": _turned(test),
        },
        val=tuple(Episodes(shape, min(1000, number)) for shape in shapes),
        test=tuple(Episodes(shape, number) for shape in shapes),
        pairs=1000,
        seed=2016,
    )


def _turned(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{name}/{turn}" for name in names for turn in TURNS)
