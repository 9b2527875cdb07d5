"""The rungs of a search, the state of its cell, and what it has chosen."""

from dataclasses import dataclass

from fewshot.core.spec.run_spec import RunSpec
from fewshot.suites.search.points import Point

END = "‡"  # after a value that is the smallest or largest tried
Runs = tuple[RunSpec, ...]


@dataclass(frozen=True)
class Rungs:
    """The steps of each rung of a search, the points that go on from each to the next, and the folds it runs on.

    Without steps there is one rung, of a third of the cell's own. Without folds a point learns from the classes of
    train and is scored on those of val. With N folds the groups of train and val are divided into N parts: a point
    learns N times, from all parts but one, and is scored on that one; the mean of the N accuracies is its score. So
    every group counts in the choice, none is scored by a run that learned from it, and no test class is seen.
    """

    steps: tuple[int, ...] = ()
    keep: tuple[int, ...] = ()
    folds: int = 0
    defaults: bool = False  # whether the cell's default values are measured on val too, beside those tried


@dataclass(frozen=True)
class Standing:
    """A cell's state: its spec once that is chosen, the runs on val that it waits for and that can run now, stand-ins
    for those of its search that will follow, and the reason where there will be no spec."""

    chosen: RunSpec | None = None
    runs: Runs = ()
    later: Runs = ()
    why: str = ""


@dataclass(frozen=True)
class Choice:
    """A searched cell's values by key, those that are the smallest or largest tried, and the search in words.

    `score` is the mean accuracy on val by which they were chosen, the best of several, and `untuned` that of the cell's
    default values after as many steps; None where it is not known. `wider` are those at an end, in the order of the
    keys, where the second best point lies in the same outer quarter of the values tried: their range should go on.
    """

    values: Point
    ends: frozenset[str]
    search: str
    score: float | None = None
    untuned: float | None = None
    wider: tuple[str, ...] = ()

    def text(self, key: str) -> str:
        """A value with the mark of those at an end: "0.008‡"."""
        value = self.values[key]
        return f"{f'{value:g}' if isinstance(value, float) else value}{END if key in self.ends else ''}"
