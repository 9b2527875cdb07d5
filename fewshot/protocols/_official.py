"""Trials and val tasks that the protocols of the official one-shot task share."""

from collections.abc import Sequence

from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.omniglot import evaluation_classes
from fewshot.protocols._protocol import Episodes, Protocol


def official(name: str, background: Sequence[str], val: Sequence[str]) -> Protocol:
    """Learn from these characters, choose on the alphabets called `val`, be tested on the official 400 trials."""
    one_shot = TaskShape(way=20, shot=1, query=1)
    return Protocol(
        name=name,
        dataset="omniglot",
        classes={
            "train": tuple(name for name in background if name.split("/")[0] not in val),
            "val": tuple(name for name in background if name.split("/")[0] in val),
            "test": evaluation_classes(),
        },
        val=(Episodes(one_shot, 400, within_group=True, other_authors=True),),
        test=(Episodes(one_shot, 20, within_group=True, other_authors=True, trials="official"),),
        pairs=2000,
        seed=2015,
    )
