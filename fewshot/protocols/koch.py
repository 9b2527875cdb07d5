"""Our reading of the split of Koch, Zemel and Salakhutdinov 2015, whose lists were not published.

The paper trains on 30 of the 50 alphabets and 12 of the 20 drawers, selects on 10 alphabets and 4 other drawers
(10,000 pairs, 320 one-shot trials), and tests on the last 10 alphabets and 4 drawers. Ours: test is the ten alphabets
of the official trials, with the trials' drawers (01 to 08) or, for pairs, drawers 01 to 04; of the other forty in
alphabetical order every fourth, from the third on, is val, with drawers 05 to 08; the rest is train, with drawers 09
to 20. Train contains evaluation alphabets, which the official task forbids, so results do not compare with `lake`.
"""

from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.omniglot import background_classes, evaluation_classes
from fewshot.data.class_lists.omniglot_trials import run_classes
from fewshot.protocols._episodes import Episodes
from fewshot.protocols._protocol import SPLITS, Protocol, protocol


@protocol
def koch() -> Protocol:
    """30, 10 and 10 alphabets; 12, 4 and 8 drawers."""
    names = sorted(background_classes() + evaluation_classes())
    test = {name.split("/")[0] for name in run_classes()}
    others = sorted({name.split("/")[0] for name in names} - test)
    split = {alphabet: "val" if number % 4 == 2 else "train" for number, alphabet in enumerate(others)}
    split |= dict.fromkeys(test, "test")
    one_shot = TaskShape(way=20, shot=1, query=1)
    return Protocol(
        name="koch",
        dataset="omniglot",
        classes={part: tuple(name for name in names if split[name.split("/")[0]] == part) for part in SPLITS},
        val=(Episodes(one_shot, 16, within_group=True, other_authors=True),),
        test=(Episodes(one_shot, 20, within_group=True, other_authors=True, trials="official"),),
        pairs=5000,
        seed=2015,
        authors={"train": _drawers(9, 20), "val": _drawers(5, 8), "test": _drawers(1, 8)},
        pair_authors={"test": _drawers(1, 4)},
        verify=True,
    )


def _drawers(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{number:02d}" for number in range(first, last + 1))
