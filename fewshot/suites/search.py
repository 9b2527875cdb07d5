"""The same small search for every method: each value measured on val at a third of the steps, the best one taken."""

import itertools
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass, field, replace

from fewshot.core.recipe import recipe_from_plain
from fewshot.core.spec import RunSpec
from fewshot.records.record import RunRecord

SHARE = 3  # a searched run trains for one part in so many of the steps


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its spec or, where values are searched, those it may become and the run on val for each."""

    finals: tuple[RunSpec, ...]
    candidates: tuple[RunSpec, ...] = field(default=())  # as many as `finals`, or none

    def chosen(self, recorded: Mapping[str, RunRecord], failed: Container[str] = ()) -> RunSpec | None:
        """The spec of the cell; None until every candidate is recorded or has failed, or when all have failed.

        The best candidate has the highest mean accuracy on the first kind of task of val, the earliest of equals.
        """
        if not self.candidates:
            return self.finals[0]
        if any(one.id not in recorded and one.id not in failed for one in self.candidates):
            return None
        found = [_val_accuracy(recorded[one.id]) if one.id in recorded else -1.0 for one in self.candidates]
        return self.finals[found.index(max(found))] if max(found) >= 0 else None


def cell_of(spec: RunSpec, search: Mapping[str, list], seed: int) -> Cell:
    """The cell of a spec: every combination of the values that a trained one searches, on val with one seed for all."""
    if not search or not spec.training:
        return Cell((spec,))
    settings = [dict(zip(search, values, strict=True)) for values in itertools.product(*search.values())]
    short = {"learn": "train", "steps": -(-spec.training.steps // SHARE)}
    finals = [_changed(spec, setting) for setting in settings]
    return Cell(tuple(finals), tuple(_changed(final, short, stage="val", seed=seed) for final in finals))


def _changed(spec: RunSpec, values: Mapping[str, object], **more: object) -> RunSpec:
    return replace(spec, training=recipe_from_plain(asdict(spec.training) | dict(values)), **more)


def _val_accuracy(record: RunRecord) -> float:
    first = next(iter(record.accuracy.values()))
    return sum(first) / len(first)
