"""Records to rows, one a method: its figures over its seeds, and its differences from other rows and published ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fewshot.errors import RequestError, at
from fewshot.keys import fits, shown
from fewshot.layout import names
from fewshot.record import RunRecord
from fewshot.spec import RunSpec
from fewshot.stats import Interval, equal_error_rate, holm, paired_difference, roc_area, t_interval

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


@dataclass(frozen=True)
class Held:
    """A published figure, the method of ours that it is held against ("" if none), and what came of it."""

    item: dict
    name: str = ""
    ours: Interval | None = None
    difference: Interval | None = None  # ours − published


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


def told_apart(methods: Sequence[np.ndarray]) -> list[bool]:
    """Which methods are the best or cannot be told from it: paired t-tests over the same episodes, Holm at 5 %."""
    best = int(np.argmax([values.mean() for values in methods]))
    others = [i for i in range(len(methods)) if i != best]
    p = [paired_difference(methods[best], methods[i])[1] for i in others]
    adjusted = dict(zip(others, holm(p) if p else [], strict=True))
    return [bool(i == best or adjusted[i] > 0.05) for i in range(len(methods))]


def episodes_of(row: Row, task: str) -> tuple:
    """What rows must share to be compared in pairs: the very same episodes."""
    return task, str(row.spec.dataset), str(row.spec.protocol), row.spec.stage, len(row.accuracy[task])


def hold(published: Sequence[dict], rows: Sequence[Row], lost: Sequence[RunSpec] = ()) -> list[Held]:
    """Every published figure against the row that it says it is `like`, or else our best on its task.

    Where several methods are like it, it is the best of them. `lost` are methods of ours without a record.
    """
    specs = [*(row.spec for row in rows), *lost]
    called, found = names(specs), []
    protocols = sorted({shown(spec, "protocol") for spec in specs})
    several = protocols if len(protocols) > 1 else ()
    for number, item in enumerate(published):
        with at("published", item.get("row", number), "like"):
            if several and "protocol" not in item.get("like", {}):
                raise RequestError(
                    f"like: expected a protocol, one of {', '.join(several)}, as the rows are of several"
                )
            alike = [i for i, spec in enumerate(specs) if fits(spec, item.get("like", {}))]
        there = [i for i in alike if i < len(rows) and item["task"] in rows[i].accuracy]
        unmet = alike[0] if alike and "like" in item else None
        place = max(there, key=lambda i: rows[i].accuracy[item["task"]].mean(), default=unmet)
        if place is None or place >= len(rows) or item["task"] not in rows[place].accuracy:
            found.append(Held(item, "" if place is None else called[place]))
            continue
        ours = t_interval(rows[place].accuracy[item["task"]])
        half = float(np.hypot(ours.half, item.get("half_width", 0.0) / 100))
        found.append(Held(item, called[place], ours, Interval(ours.mean - item["accuracy"] / 100, half, ours.n)))
    return found


def newcomers(rows: Sequence[Row]) -> list[str]:
    """For each row with a plug-in's part, a sentence on each task: its paired difference from the best other row."""
    called = names([row.spec for row in rows])
    sentences = []
    for row, name in zip(rows, called, strict=True):
        for task in row.accuracy if _is_new(row) else ():
            there = [i for i, other in enumerate(rows) if other is not row and task in other.accuracy]
            there = [i for i in there if episodes_of(rows[i], task) == episodes_of(row, task)]
            there = [i for i in there if rows[i].spec.training] or there
            there = [i for i in there if not _is_new(rows[i])] or there
            if not there:
                continue
            best = max(there, key=lambda i: rows[i].accuracy[task].mean())
            found = paired_difference(row.accuracy[task], rows[best].accuracy[task])[0]
            verdict = "excludes 0" if abs(found.mean) > found.half else "includes 0: not told apart"
            sentences.append(
                f"{name} − {called[best]} (the best other): {signed(found)} on {task}, "
                f"n = {found.n} episodes, paired; its 95 % interval {verdict}"
            )
    return sentences


def signed(interval: Interval) -> str:
    """A difference in points: "−1.2 ± 0.9"."""
    return f"{round(100 * interval.mean, 1) + 0.0:+.1f} ± {100 * interval.half:.1f}".replace("-", "−")


def _is_new(row: Row) -> bool:
    """Whether a part of the method itself is a plug-in's; the data set and the protocol are every row's."""
    spec = row.spec
    return any(part and part.sha256 for part in (spec.learner, spec.backbone, spec.similarity, spec.loss))
