"""The methods of a suite's records as the rows of a figure's source data show them."""

import math
from collections.abc import Sequence

from fewshot.core.statistics.intervals import Interval
from fewshot.records.record import RunRecord
from fewshot.reporting.labels import figure_labels
from fewshot.reporting.summary import Method, summarise


def methods(records: Sequence[RunRecord]) -> list[Method]:
    """The methods, network by network in the order of the records, training-free ones last."""
    found = summarise(records, label=figure_labels)
    networks = list(dict.fromkeys(method.network for method in found if method.network))
    return sorted(found, key=lambda method: [*networks, ""].index(method.network))


def plain(method: Method) -> dict:
    """The method in every row of source data."""
    return {"network": method.network, "label": method.label}


def of_folds(method: Method) -> dict[str, int]:
    """The number of a method's folds, where it has these."""
    return {"folds": len(method.folds)} if method.folds else {}


def ids(method: Method) -> list[str]:
    """The ids of the method's records."""
    return [record.id for record in method.records]


def tasks(found: Sequence[Method]) -> list[str]:
    """The kinds of task of some methods, in the order of their records."""
    return list(dict.fromkeys(task for method in found for task in method.accuracy))


def numbers(interval: Interval) -> dict:
    """An interval in source data; without a half-width where there is one episode."""
    half = digits(interval.half) if math.isfinite(interval.half) else None
    return {"mean": digits(interval.mean), "half": half, "n": interval.n}


def digits(value: float) -> float:
    """A number as source data holds it."""
    return round(float(value), 6)
