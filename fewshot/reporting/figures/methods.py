"""The methods of a suite's records as the rows of a figure's source data show them."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from fewshot.core.spec.names import OPEN_FIGURES
from fewshot.core.statistics.intervals import Interval, Numbers
from fewshot.core.statistics.pairs import Share
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import entries
from fewshot.reporting.figures.names import names
from fewshot.reporting.summary import Method, summarise

BEST = 5  # trained methods that a figure of curves names; it has the others in grey


def methods(records: Sequence[RunRecord]) -> list[Method]:
    """The methods, network by network in the order of the records, training-free ones last."""
    found = summarise(records, label=names)
    networks = list(dict.fromkeys(method.network for method in found if method.network))
    return sorted(found, key=lambda method: [*networks, ""].index(method.network))


def plain(method: Method) -> dict:
    """The method in every row of source data."""
    return {"network": method.network, "label": method.label}


def kind_of(method: Method) -> str:
    """The kind of loss that a method learns by: of pairs, with class vectors, or a learner's own."""
    if not method.spec.training:
        return ""
    if not method.spec.loss:
        return "objectives of learners"
    entry = entries("losses").get(method.spec.loss.name.partition(":")[0])
    return "losses with class vectors" if entry and entry.marks.class_vectors else "losses of pairs"


def called(row: dict, rows: Sequence[dict]) -> str:
    """A row's name, with its network where the rows have several."""
    several = len({one["network"] for one in rows} - {""}) > 1
    return ", ".join(filter(None, (row["label"], row["network"] if several else "")))


def of_folds(method: Method) -> dict[str, int]:
    """The number of a method's folds, where it has these."""
    return {"folds": len(method.folds)} if method.folds else {}


def of_pairs(records: Iterable[RunRecord]) -> list[RunRecord]:
    """The records with scores of both kinds of pair by the two images alone: learners that adapt to a task score a pair
    beside other classes."""
    return [one for one in records if one.same and one.different and (one.spec.similarity or not one.spec.training)]


def ids(method: Method) -> list[str]:
    """The ids of the method's records."""
    return [record.id for record in method.records]


def tasks(found: Sequence[Method]) -> list[str]:
    """The kinds of task of some methods, in the order of their records."""
    return list(dict.fromkeys(task for method in found for task in method.accuracy))


def axis_of(task: str, wide: float = 1.0) -> str:
    """The title of the axis of a kind of task's figures, on a panel of so many inches."""
    return "%" if wide <= 0.7 or task.endswith(tuple(f": {one}" for one in OPEN_FIGURES)) else "accuracy, %"


def numbers(interval: Interval) -> dict:
    """An interval in source data; without a half-width where there is one episode."""
    return {"mean": digits(interval.mean), "half": half_of(interval), **ends_of(interval, "ends"), "n": interval.n}


def ends_of(interval: Interval | None, key: str) -> dict[str, list[float]]:
    """Both ends of an interval that is not symmetric in source data, under a key; nothing of others."""
    return {key: [digits(interval.low), digits(interval.high)]} if isinstance(interval, Share) else {}


def half_of(interval: Interval | None) -> float | None:
    """A half-width in source data; None where it is not known."""
    return digits(interval.half) if interval and math.isfinite(interval.half) else None


def operating_points(
    scores: Sequence[tuple[Numbers, Numbers]], thresholds: Sequence[Mapping[str, float]]
) -> dict[str, list[float]]:
    """FMR and FNMR by name of the points that were chosen on val, means over trainings; none if one lacks them."""
    if not thresholds or not all(thresholds):
        return {}
    found = {}
    for name in thresholds[0]:
        rates = [
            (np.mean(np.asarray(different) >= own[name]), np.mean(np.asarray(same) < own[name]))
            for (same, different), own in zip(scores, thresholds, strict=True)
        ]
        found[name] = [digits(rate) for rate in np.mean(rates, 0)]
    return found


def digits(value: float) -> float:
    """A number as source data holds it."""
    return round(float(value), 6)
