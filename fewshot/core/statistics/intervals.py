"""A mean with its 95 % interval, Student's intervals, and paired differences over the same units."""

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

    @property
    def signed(self) -> str:
        """A difference in points: "−1.2 ± 0.9"."""
        return f"{points(self.mean):+.1f} ± {100 * self.half:.1f}".replace("-", "−")


def points(difference: float) -> float:
    """A difference in points with one decimal, as tables and figures print it: a tie goes the same way in both, though
    the data of figures have six digits.

    >>> from fewshot.core.statistics.intervals import points
    >>> points(0.0085), points(0.00849999999), points(-0.0001)
    (0.9, 0.9, 0.0)
    """
    return round(100 * round(difference, 6), 1) + 0.0


def t_interval(values: Numbers, level: float = 0.95) -> Interval:
    """Mean and Student's t half-width; with one value the half-width is infinite."""
    from scipy.special import stdtrit

    values = finite(values)
    n = len(values)
    if n < 2:
        return Interval(float(values.mean()), float("inf"), n)
    error = values.std(ddof=1) / np.sqrt(n)
    return Interval(float(values.mean()), float(stdtrit(n - 1, (1 + level) / 2) * error), n)


def paired_difference(ours: Numbers, theirs: Numbers) -> tuple[Interval, float]:
    """Interval of the mean of `ours − theirs` over the same units, and the two-sided p of the paired t-test."""
    from scipy.special import stdtr

    ours, theirs = finite(ours), finite(theirs)
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


def finite(values: Numbers) -> np.ndarray:
    """The values as float64. Raises `RequestError` unless they are one row of finite numbers."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        wrong = f"the shape {values.shape}, with {np.sum(~np.isfinite(values))} of {values.size} not finite"
        raise RequestError(f"expected one row of finite numbers, got {wrong}")
    return values
