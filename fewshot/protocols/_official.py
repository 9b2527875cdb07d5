"""The trials and val tasks of all protocols of the official one-shot task."""

from collections.abc import Sequence

from fewshot.core.checks import between, none_or_several
from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.omniglot import background_classes, evaluation_classes
from fewshot.protocols._episodes import MOST, Episodes
from fewshot.protocols._protocol import Protocol


def official(
    name: str,
    alphabets: Sequence[str] | None,
    val: Sequence[str],
    *,
    drawn: int = 0,
    open_set: int = 0,
    pairs: int = 2000,
) -> Protocol:
    """The protocol that trains on background alphabets (None: all) without those of `val`, selects on those of `val`,
    and tests on the official trials and on `drawn` tasks of one and of five shots of any evaluation alphabet.

    Both stages also have so many `open_set` tasks of any of their alphabets, and `pairs` of each kind.
    """
    none_or_several(MOST, drawn=drawn, open_set=open_set)
    between(1, MOST, pairs=pairs)
    learned = [one for one in background_classes() if alphabets is None or one.split("/")[0] in alphabets]
    one_shot = TaskShape(way=20, shot=1, query=1)
    posed = {"within_group": True, "other_authors": True}  # as the trials are
    shapes = (one_shot, TaskShape(way=20, shot=5, query=1)) if drawn else ()
    unknown = (Episodes(TaskShape(way=10, shot=1, query=1), open_set, **posed, open_set=True),) if open_set else ()
    return Protocol(
        name=name,
        dataset="omniglot",
        classes={
            "train": tuple(name for name in learned if name.split("/")[0] not in val),
            "val": tuple(name for name in learned if name.split("/")[0] in val),
            "test": evaluation_classes(),
        },
        val=(Episodes(one_shot, 400, **posed), *unknown),
        test=(
            Episodes(one_shot, 20, **posed, trials="official"),
            *(Episodes(shape, drawn, **posed, among="all alphabets") for shape in shapes),
            *unknown,
        ),
        pairs=pairs,
        seed=2015,
    )
