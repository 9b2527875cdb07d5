"""The trials and val tasks of all protocols of the official one-shot task."""

from collections.abc import Sequence

from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.omniglot import background_classes, evaluation_classes
from fewshot.protocols._protocol import Episodes, Protocol


def official(name: str, alphabets: Sequence[str] | None, val: Sequence[str]) -> Protocol:
    """The protocol that trains on background alphabets (None: all) without those of `val`, selects on those of `val`,
    and tests on the official trials."""
    learned = [one for one in background_classes() if alphabets is None or one.split("/")[0] in alphabets]
    one_shot = TaskShape(way=20, shot=1, query=1)
    return Protocol(
        name=name,
        dataset="omniglot",
        classes={
            "train": tuple(name for name in learned if name.split("/")[0] not in val),
            "val": tuple(name for name in learned if name.split("/")[0] in val),
            "test": evaluation_classes(),
        },
        val=(Episodes(one_shot, 400, within_group=True, other_authors=True),),
        test=(Episodes(one_shot, 20, within_group=True, other_authors=True, trials="official"),),
        pairs=2000,
        seed=2015,
    )
