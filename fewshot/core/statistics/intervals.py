"""A mean with its 95 % interval, and Student's intervals."""

import math
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


def mean(values: Sequence[float]) -> float:
    """The mean, by which equals are told: it is the same in whichever order the values are.

    >>> from fewshot.core.statistics.intervals import mean
    >>> mean([0.1, 0.2, 0.3]), mean([0.3, 0.2, 0.1])
    (0.2, 0.2)
    """
    return round(math.fsum(values) / len(values), 12)


def points(difference: float) -> float:
    """A difference in points with one decimal, as tables and figures print it: a tie goes the same way in both, though
    the data of figures have six digits.

    >>> from fewshot.core.statistics.intervals import points
    >>> points(0.0085), points(0.00849999999), points(-0.0001)
    (0.9, 0.9, 0.0)
    """
    return round(100 * round(difference, 6), 1) + 0.0


def reach(degrees: float) -> float:
    """The half-width of Student's 95 % interval in standard errors."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.975))


def t_interval(values: Numbers) -> Interval:
    """Mean and Student's t half-width; with one value the half-width is infinite."""
    values = finite(values)
    n = len(values)
    if n < 2:
        return Interval(float(values.mean()), float("inf"), n)
    error = values.std(ddof=1) / np.sqrt(n)
    return Interval(float(values.mean()), float(reach(n - 1) * error), n)


def finite(values: Numbers) -> np.ndarray:
    """The values as float64. Raises `RequestError` unless they are one row of finite numbers."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        wrong = f"the shape {values.shape}, with {np.sum(~np.isfinite(values))} of {values.size} not finite"
        raise RequestError(f"expected one row of finite numbers, got {wrong}")
    return values
