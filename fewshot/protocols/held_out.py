"""The data set's own split: N-way K-shot tasks over all its classes.

It is open: data set and classes come from the data set's own split, for `folder:PATH` the folders `train`, `val` and
`test`, its lists, or its classes divided by the option `split`.
"""

from collections.abc import Sequence

from fewshot.core.checks import between, none_or_several
from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.protocols._episodes import MOST, Episodes
from fewshot.protocols._protocol import Protocol, protocol


@protocol(later=["open_set", "gallery", "probes"])
def held_out(
    *,
    way: int = 5,
    shots: Sequence[int] = (1, 5),
    query: int = 15,
    episodes: int = 10_000,
    val_episodes: int = 600,
    pairs: int = 2000,
    verify: bool = False,
    open_set: int = 0,
    gallery: Sequence[int] = (),
    probes: int = 5,
) -> Protocol:
    """A kind of task for each of `shots`; the first selects checkpoints, on val.

    With `verify`, accuracy on the verification `pairs` is measured too, and there are so many `open_set` tasks of one
    shot, of half as many known classes and as many unknown ones. For each number in `gallery`, so many images of each
    class are enrolled, and up to `probes` others of it are identified among all classes.
    """
    between(2, MOST, episodes=episodes, val_episodes=val_episodes)  # an interval needs two
    between(1, MOST, pairs=pairs)
    none_or_several(MOST, open_set=open_set)
    if open_set and way < 4:
        raise RequestError(f"open_set: expected a way of at least 4, half of it known, got {way}", "open_set")
    shapes = [TaskShape(way, shot, query) for shot in shots]
    unknown = (Episodes(TaskShape(way // 2, 1, query), open_set, open_set=True),) if open_set else ()
    return Protocol(
        name="held_out",
        dataset="",
        classes={},
        val=(*(Episodes(shape, val_episodes) for shape in shapes), *unknown),
        test=(*(Episodes(shape, episodes) for shape in shapes), *unknown),
        pairs=pairs,
        seed=2015,
        verify=verify,
        gallery=tuple(gallery),
        probes=probes,
    )
