"""Intervals that count trainings and classes: values of every training on every unit, a crossed random design.

A unit is an alphabet, a person or a class. Trainings differ in their seed, and each is measured on every unit, so that
its values are a matrix `[training unit]` of which both sides are samples: other seeds and other classes would give
other means. Searle, Casella and McCulloch, Variance Components, 1992, has the analysis of variance, Satterthwaite,
Biometrics Bulletin 1946, the degrees of freedom. `results/intervals.md` shows how often the intervals cover the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.core.statistics.intervals import Interval, reach

ROUNDING = 1e-12  # differences and deviations below it are of rounding alone
Values = Sequence | np.ndarray  # [training unit]


@dataclass(frozen=True)
class Spread:
    """Parts of the variance of a mean over trainings × units, each as if it were the only one, and their degrees.

    `training` and `unit` contain `rest`, the part of training and unit together, which is 0 with one training.
    """

    training: float
    unit: float
    rest: float
    trainings: int
    units: float

    @property
    def variance(self) -> float:
        """The variance of the mean: that of both parts, and no less than that of either."""
        return max(self.training + self.unit - self.rest, self.training, self.unit)

    @property
    def degrees(self) -> float:
        """Satterthwaite's degrees of freedom of the variance, at least one: what is taken off would leave fewer."""
        both = self.training + self.unit - self.rest
        if both <= max(self.training, self.unit):
            return float(self.trainings if self.training > self.unit else self.units) - 1
        terms = [(self.training, self.trainings - 1), (self.unit, self.units - 1)]
        terms.append((self.rest, (self.trainings - 1) * (self.units - 1)))
        return max(1.0, both**2 / sum(part**2 / degrees for part, degrees in terms if degrees))


def spread(values: Values) -> Spread:
    """The analysis of variance of values `[training unit]`.

    With one training all of the variance is that of the units: it is of this network's mean, over other units. One unit
    has no variance to estimate, and an infinite one.
    """
    values = matrix(values)
    trainings, units = values.shape
    if units == 1:
        return Spread(0.0, np.inf, 0.0, trainings, units)
    by_unit = values.mean(0)
    unit = by_unit.var(ddof=1) / units
    if trainings == 1:
        return Spread(0.0, unit, 0.0, trainings, units)
    by_training = values.mean(1)
    rest = values - by_unit - by_training[:, None] + values.mean()
    each = (rest**2).sum() / ((trainings - 1) * (units - 1)) / values.size
    return Spread(by_training.var(ddof=1) / trainings, unit, each, trainings, units)


def crossed_interval(values: Values) -> Interval:
    """The mean of values `[training unit]` with an interval over trainings and units; `n` is the number of units.

    With one training it is Student's interval over the units, for this network alone.

    >>> from fewshot.core.statistics.crossed import crossed_interval
    >>> print(crossed_interval([[0.90, 0.94, 0.98], [0.92, 0.96, 0.98]]))
    94.7 ± 8.1
    """
    values = matrix(values)
    found = spread(values)
    return Interval(float(values.mean()), _half(found.variance, found.degrees), values.shape[1])


def crossed_difference(ours: Values, theirs: Values) -> tuple[Interval, float]:
    """Interval and two-sided p of the mean of `ours − theirs`, two methods' `[training unit]` on the same units.

    Units are paired; trainings are independent, and their numbers may differ. With one training each it is the paired
    t-test over the units. Raises `RequestError` for other numbers of units.
    """
    ours, theirs = matrix(ours), matrix(theirs)
    if ours.shape[1] != theirs.shape[1]:
        raise RequestError(f"a difference needs the same units: got {ours.shape[1]} and {theirs.shape[1]}")
    each = [spread(ours), spread(theirs)]
    difference = ours.mean(0) - theirs.mean(0)
    units = len(difference)
    if units == 1:
        return Interval(float(difference[0]), np.inf, 1), 1.0
    own = Spread(0.0, difference.var(ddof=1) / units, 0.0, 1, units)
    return difference_of(float(difference.mean()), own, each, units)


def paired_difference(ours: Values, theirs: Values) -> tuple[Interval, float]:
    """`crossed_difference` of one and the same networks, scored in two ways: trainings are paired too.

    >>> from fewshot.core.statistics.crossed import paired_difference
    >>> interval, p = paired_difference([[0.50, 0.58], [0.91, 0.97]], [[0.49, 0.56], [0.90, 0.95]])
    >>> print(interval)
    1.5 ± 6.4
    """
    ours, theirs = matrix(ours), matrix(theirs)
    if ours.shape != theirs.shape:
        raise RequestError(f"a difference needs the same trainings and units: got {ours.shape} and {theirs.shape}")
    each = ours - theirs
    mean, units, found = float(each.mean()), each.shape[1], spread(each)
    if units == 1:
        return Interval(mean, np.inf, 1), 1.0
    variance = found.variance if np.sqrt(found.variance) >= ROUNDING else 0.0
    mean = mean if variance or abs(mean) >= ROUNDING else 0.0
    degrees = found.degrees if variance else 1.0
    return Interval(mean, _half(variance, degrees), units), two_sided(mean, variance, degrees, units)


def difference_of(mean: float, own: Spread, each: Sequence[Spread], units: int) -> tuple[Interval, float]:
    """Interval over `units` and two-sided p of a mean difference.

    `own` is the spread of the trainings' mean differences over units, `each` that of both methods.
    """
    unit, trainings = own.unit, sum(one.training for one in each)
    both = trainings + unit - sum(one.rest for one in each)
    terms = [(one.training, one.trainings - 1) for one in each]
    terms += [(unit, own.units - 1), *((one.rest, (one.trainings - 1) * (one.units - 1)) for one in each)]
    if both <= max(unit, trainings):
        terms = terms[: len(each)] if trainings > unit else [(unit, own.units - 1)]
    variance = max(both, unit, trainings)
    if np.sqrt(variance) < ROUNDING:
        mean, variance = mean if abs(mean) >= ROUNDING else 0.0, 0.0
    degrees = max(1.0, variance**2 / sum(part**2 / count for part, count in terms if count)) if variance else 1.0
    return Interval(mean, _half(variance, degrees), units), two_sided(mean, variance, degrees, units)


def two_sided(mean: float, variance: float, degrees: float, units: int) -> float:
    """The two-sided p of a mean with this variance: 1 for a mean of 0, and the sign test's where none varies."""
    from scipy.special import stdtr

    if not variance:
        return 0.5 ** (units - 1) if mean else 1.0
    return float(2 * stdtr(degrees, -abs(mean) / np.sqrt(variance)))


def matrix(values: Values) -> np.ndarray:
    """Values `[training unit]` as float64. Raises `RequestError` unless they are finite, one or more."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or not values.size or not np.isfinite(values).all():
        wrong = f"the shape {values.shape}, with {np.sum(~np.isfinite(values))} of {values.size} not finite"
        raise RequestError(f"expected finite numbers [training unit], got {wrong}")
    return values


def _half(variance: float, degrees: float) -> float:
    return float(variance if variance in (0, np.inf) else reach(degrees) * np.sqrt(variance))
