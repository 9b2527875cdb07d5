"""The text of a table's cells: figures in per cent with their intervals."""

from dataclasses import replace

import numpy as np

from fewshot.core.spec.names import FORGED, PAIR_FIGURES
from fewshot.core.statistics.intervals import Interval
from fewshot.core.statistics.pairs import Share
from fewshot.reporting.columns import NONE
from fewshot.reporting.comparisons.identities import of_role
from fewshot.reporting.pivot import TableCell
from fewshot.reporting.summary import Method

BEST = "*"  # marks the best, and others that are not worse than it beyond chance


def figure(cell: TableCell | None, best: bool, full: bool) -> str:
    """A figure, "93.5 ± 1.9 (2.6)*", or why there is none, in one word unless in `full`."""
    if not cell:
        return NONE
    if why := cell.method.why:
        return why if full else why.split(":")[0]
    return f"{with_classes(cell.method, cell.task)}{BEST if best else ''}"


def with_classes(method: Method, task: str) -> str:
    """A method's mean ± its half-width over episodes and, in brackets, that over trainings and classes; or over folds,
    which are both."""
    if method.folds:
        return str(method.over_episodes(task))
    return f"{method.over_episodes(task)} ({half(method.over_classes(task))})"


def half(interval: Interval | None) -> str:
    """A half-width, or both ends of an interval that is not symmetric; a dash where it is not known."""
    if isinstance(interval, Share):
        return f"{100 * interval.low:.1f}–{100 * interval.high:.1f}"
    return f"{100 * interval.half:.1f}" if interval else NONE


def of_pairs(method: Method, role: str = FORGED) -> tuple[str, str]:
    """ROC area and equal error rate, "97.7 (96.1–98.6)", with their intervals over trainings and identities.

    Where there are skilled and random forgeries, they are of those of one `role`.
    """
    if role != FORGED:  # of which a method's own figures are
        method = replace(method, records=tuple(of_role(one, role) for one in method.records))
        if not any(one.different for one in method.records):
            return NONE, NONE
    area, error = map(method.over_pairs, PAIR_FIGURES)
    if method.folds:
        return str(area), str(error)
    return f"{100 * method.area:.1f} ({half(area)})", f"{100 * method.equal_error:.1f} ({half(error)})"


def spread(cell: TableCell | None) -> str:
    """The standard deviation over seeds, and their number."""
    trained = cell and cell.method.records and cell.method.spec.training
    means = cell.method.by_seed[cell.task] if trained else []
    deviation = f"{100 * np.std(means, ddof=1):.1f}" if len(means) > 1 else NONE
    return f"{deviation} (n = {len(means)})" if means else deviation
