"""The statistics of the tables: t-intervals, paired differences, Holm's correction, ROC area and equal error rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.errors import RequestError

Numbers = Sequence[float] | np.ndarray


@dataclass(frozen=True)
class Interval:
    """A mean and the half-width of its 95 % interval over `n` units; prints as "92.0 ± 2.7" in per cent."""

    mean: float
    half: float
    n: int

    def __str__(self) -> str:
        return f"{100 * self.mean:.1f} ± {100 * self.half:.1f}"


def t_interval(values: Numbers, level: float = 0.95) -> Interval:
    """Mean and Student's t half-width; with one value the half-width is infinite."""
    from scipy.special import stdtrit

    values = _finite(values)
    n = len(values)
    if n < 2:
        return Interval(float(values.mean()), float("inf"), n)
    error = values.std(ddof=1) / np.sqrt(n)
    return Interval(float(values.mean()), float(stdtrit(n - 1, (1 + level) / 2) * error), n)


def paired_difference(ours: Numbers, theirs: Numbers) -> tuple[Interval, float]:
    """Interval of the mean of `ours − theirs` over the same units, and the two-sided p of the paired t-test."""
    from scipy.special import stdtr

    ours, theirs = _finite(ours), _finite(theirs)
    if ours.shape != theirs.shape:
        raise RequestError(f"a paired difference needs the same units: got {len(ours)} and {len(theirs)}")
    difference = ours - theirs
    interval = t_interval(difference)
    if interval.n < 2:
        return interval, 1.0
    error = difference.std(ddof=1) / np.sqrt(interval.n)
    if error == 0:
        return interval, 1.0 if interval.mean == 0 else 0.0
    return interval, float(2 * stdtr(interval.n - 1, -abs(interval.mean / error)))


def holm(p_values: Numbers) -> np.ndarray:
    """p-values adjusted for multiple tests (Holm 1979): those at or below 0.05 are jointly significant at 5 %."""
    p = _finite(p_values)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted


def roc_area(same: Numbers, different: Numbers) -> float:
    """Probability that a same-class pair scores higher than a different-class pair, a tie counting half."""
    same, different = _finite(same), np.sort(_finite(different))
    less, at_most = np.searchsorted(different, same, "left"), np.searchsorted(different, same, "right")
    return float((less + at_most).mean() / (2 * len(different)))


def equal_error_rate(same: Numbers, different: Numbers) -> float:
    """Error rate at which misses equal false alarms, interpolated linearly between neighbouring thresholds.

    0 is perfect, 0.5 is chance (and a constant score), 1 is always wrong.
    """
    same, different = np.sort(_finite(same)), np.sort(_finite(different))
    thresholds = np.append(np.union1d(same, different), np.inf)
    miss = np.searchsorted(same, thresholds, "left") / len(same)
    alarm = 1 - np.searchsorted(different, thresholds, "left") / len(different)
    gap = miss - alarm  # rises from −1 to 1
    after = int(np.argmax(gap >= 0))
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(miss[after - 1] + share * (miss[after] - miss[after - 1]))


def _finite(values: Numbers) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        wrong = f"the shape {values.shape}, with {np.sum(~np.isfinite(values))} of {values.size} not finite"
        raise RequestError(f"expected one row of finite numbers, got {wrong}")
    return values
