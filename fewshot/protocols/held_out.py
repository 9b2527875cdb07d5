"""The data set's own split: N-way K-shot tasks over all its classes.

It is open: data set and classes come from the data set's own split, for `folder:PATH` the folders `train`, `val` and
`test`, its lists, or its classes divided by the option `split`.
"""

from collections.abc import Sequence

from fewshot.core.checks import between
from fewshot.core.recipe import TaskShape
from fewshot.protocols._protocol import MOST, Episodes, Protocol, protocol


@protocol
def held_out(
    *,
    way: int = 5,
    shots: Sequence[int] = (1, 5),
    query: int = 15,
    episodes: int = 10_000,
    val_episodes: int = 600,
    pairs: int = 2000,
    verify: bool = False,
) -> Protocol:
    """A kind of task for each of `shots`; the first selects checkpoints, on val.

    With `verify`, accuracy on the verification `pairs` is measured too.
    """
    between(2, MOST, episodes=episodes, val_episodes=val_episodes)  # an interval needs two
    between(1, MOST, pairs=pairs)
    shapes = [TaskShape(way, shot, query) for shot in shots]
    return Protocol(
        name="held_out",
        dataset="",
        classes={},
        val=tuple(Episodes(shape, val_episodes) for shape in shapes),
        test=tuple(Episodes(shape, episodes) for shape in shapes),
        pairs=pairs,
        seed=2015,
        verify=verify,
    )
