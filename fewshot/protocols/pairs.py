"""Named pairs of images, as in LFW's lists or in any CSV: exactly these are scored, in the order of their list.

`test` and `val` are files in the forms that `fewshot.data.pair_list` reads. Classes that a list names are of its stage,
and all others are learned from; `fold` takes one fold of the test list, and the next one for val: its thresholds are of
people from whom the network has not learned, unlike those of the other folds. A pair with an image that is missing or
damaged is a failure to acquire, counted in the record, or refused with `missing = "refuse"`.
Beside the pairs there are tasks of the classes with enough images, by which checkpoints are selected on val; with
`episodes = 0` test has pairs alone. For each number in `gallery`, so many images are enrolled of each class of a stage
that has as many, and up to `probes` others of it are identified among them.
"""

from collections.abc import Sequence

from fewshot.core.checks import between
from fewshot.core.recipe import TaskShape
from fewshot.protocols._episodes import Episodes
from fewshot.protocols._pair_lists import PairLists
from fewshot.protocols._protocol import Protocol, protocol


@protocol(later=["gallery", "probes"])
def pairs(
    *,
    test: str = "pairs.txt",
    val: str = "",
    fold: int = 0,
    missing: str = "count",
    way: int = 5,
    query: int = 1,
    episodes: int = 1000,
    val_episodes: int = 600,
    val_pairs: int = 2000,
    gallery: Sequence[int] = (),
    probes: int = 5,
) -> Protocol:
    """The pairs of the lists `test` and `val`, or so many drawn `val_pairs` of each kind where a stage has no list."""
    between(2, None, val_episodes=val_episodes, **({"episodes": episodes} if episodes else {}))  # for an interval
    between(1, None, val_pairs=val_pairs)
    shape = TaskShape(way, 1, query)
    return Protocol(
        name="pairs",
        dataset="",
        classes={},
        val=(Episodes(shape, val_episodes),),
        test=(Episodes(shape, episodes),) if episodes else (),
        pairs=val_pairs,
        seed=2008,
        verify=True,
        lists=PairLists({"test": test, "val": val}, fold, missing),
        gallery=tuple(gallery),
        probes=probes,
    )
