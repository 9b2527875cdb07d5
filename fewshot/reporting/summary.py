"""Rows of a table: the records of one method over its seeds, summed up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fewshot.core.spec import RunSpec
from fewshot.core.stats import equal_error_rate, roc_area
from fewshot.records.record import RunRecord

MISSING = "missing"  # why a cell without a record has none, if it did not fail


@dataclass(frozen=True)
class Row:
    """One method: its cell's spec, of its first seed, and what its seeds' records say together."""

    spec: RunSpec
    accuracy: dict[str, np.ndarray]  # by kind of task: [episode], averaged over seeds
    by_seed: dict[str, list[float]]
    area: float
    equal_error: float

    @property
    def seeds(self) -> int:
        """How many seeds have a record."""
        return max((len(means) for means in self.by_seed.values()), default=0)


def method_id(spec: RunSpec) -> str:
    """What the seeds of one method have in common."""
    return replace(spec, seed=0).id


def summarise(records: Sequence[RunRecord]) -> list[Row]:
    """One row for the records that differ in their seed only, in the order of the records."""
    groups: dict[str, list[RunRecord]] = {}
    for record in records:
        groups.setdefault(method_id(record.spec), []).append(record)
    rows = []
    for group in groups.values():
        accuracy = {task: np.array([record.accuracy[task] for record in group]) for task in group[0].accuracy}
        rows.append(
            Row(
                group[0].spec,
                {task: values.mean(0) for task, values in accuracy.items()},
                {task: values.mean(1).tolist() for task, values in accuracy.items()},
                float(np.mean([roc_area(record.same, record.different) for record in group])),
                float(np.mean([equal_error_rate(record.same, record.different) for record in group])),
            )
        )
    return rows


def without_record(
    rows: Sequence[Row], missing: Sequence[tuple[RunSpec, str]]
) -> tuple[list[tuple[RunSpec, str]], list[list[tuple[RunSpec, str]]]]:
    """Methods of which no seed has a record, each with why; and all that is missing, a list for each method.

    The reason is the first failure, if one of the seeds failed.
    """
    groups: dict[str, list[tuple[RunSpec, str]]] = {}
    for spec, why in missing:
        groups.setdefault(method_id(spec), []).append((spec, why))
    recorded = {method_id(row.spec) for row in rows}
    lost = [
        (group[0][0], next((why for _, why in group if why != MISSING), MISSING))
        for key, group in groups.items()
        if key not in recorded
    ]
    return lost, list(groups.values())
