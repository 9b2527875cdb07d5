"""Stars: the methods that are not worse than the best beyond chance, where the data have chosen the best.

Hsu's comparisons with the best (The Annals of Statistics 1984): a method loses its star where its largest shortfall
from another one, in standard errors, is beyond the 95 % point of that maximum among equals. Trainings are independent
between methods, units are the same for all. Each method has a training variance of its own and each pair a variance
over units of its own, both moderated. The maximum's distribution is simulated with these variances and with their own
uncertainty. `results/intervals.md` shows how often a truly best method keeps its star.
"""

from collections.abc import Sequence

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.core.statistics.crossed import ROUNDING, Values, matrix, spread
from fewshot.core.statistics.moderated import moderated

DRAWS = 2000
LEVEL = 0.04  # for 5 %: the variances that the maximum is simulated with are estimates, and their errors add the rest
_SHARES = (np.arange(DRAWS) + 0.5) / DRAWS
SAME = 1e-12  # share of their variances below which two methods do not differ over units


def among_best(methods: Sequence[Values], trained: Sequence[bool] = ()) -> list[bool]:
    """For each method, `[training unit]`, True if it is the best or not worse than the best beyond chance.

    With one training of each the claim is about these networks. Where others have more, the methods with one that are
    `trained` have the others' training variance. Raises `RequestError` for other numbers of units.

    >>> from fewshot.core.statistics.best import among_best
    >>> good, bad = [0.91, 0.95, 0.93, 0.97], [0.62, 0.68, 0.66, 0.70]
    >>> among_best([[good], [bad], [[value - 0.01 for value in reversed(good)]]])
    [True, False, True]
    """
    contest = Contest(methods, trained)
    return [contest.has_star(one) for one in range(len(methods))]


class Contest:
    """Methods to be compared with the best: their shortfalls from each other, and the variances of these."""

    def __init__(self, methods: Sequence[Values], trained: Sequence[bool] = ()) -> None:
        values = [matrix(one) for one in methods]
        if len({one.shape[1] for one in values}) > 1:
            raise RequestError(f"stars need the same units: got {sorted({one.shape[1] for one in values})}")
        self.alone = len(values) < 2 or values[0].shape[1] < 2
        if self.alone:
            return
        means = np.array([one.mean() for one in values])
        self.training, self.degrees, rest = _of_trainings(values, trained)
        unit, self.unit_degrees = _of_pairs(values)
        drawn = self.training + self.training[:, None]
        self.own = np.maximum(unit - np.minimum(rest + rest[:, None], drawn), 0)  # without the share of trainings
        self.error = np.sqrt(drawn + self.own)
        gap, some = means - means[:, None], self.error > 0
        gap[np.abs(gap) < ROUNDING] = 0.0
        sure = 0.5 ** values[0].shape[1] * (len(values) - 1) <= LEVEL  # that all units agree: the sign test
        self.shortfall = np.divide(gap, self.error, out=np.where((gap > 0) & sure, np.inf, 0.0), where=some)
        self.normal, self.chance = _normal(len(values)), _over_degrees(self.degrees, seed=0)

    def has_star(self, one: int) -> bool:
        """True if its largest shortfall is not beyond the 95 % point of that among equals."""
        if self.alone or self.shortfall[one].max() <= 0:
            return True
        others = np.flatnonzero((np.arange(len(self.error)) != one) & (self.error[one] > 0))
        shared = self.own[one, others]
        gap = np.sqrt(self.training[others] + shared / 2) * self.normal[:, others]
        gap -= np.sqrt(self.training[one] + shared / 2) * self.normal[:, [one]]
        estimated = self.training[one] * self.chance[:, [one]] + self.training[others] * self.chance[:, others]
        estimated += shared * _over_degrees(self.unit_degrees[one, others], seed=1 + one)
        errors = np.divide(gap, np.sqrt(estimated), out=np.zeros_like(gap), where=estimated > 0)
        largest = errors.max(1, initial=-np.inf)
        return bool((largest >= self.shortfall[one].max()).mean() > LEVEL)


def _of_trainings(values: Sequence[np.ndarray], trained: Sequence[bool]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By method: the moderated variance of its mean over trainings, its degrees, and the part that is of the rest."""
    spreads = [spread(one) for one in values]
    training, degrees, rest = np.array([[one.training, one.trainings - 1, one.rest] for one in spreads], float).T
    again = degrees > 0
    counts = 1 + degrees[again]
    drawn, degrees[again] = moderated(training[again] * counts, degrees[again])
    training[again] = drawn / counts
    if again.any() and len(trained):
        once = ~again & np.array(trained)
        training[once], degrees[once] = np.average(drawn, weights=counts - 1), (counts - 1).sum()
    return training, degrees, rest


def _of_pairs(values: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The moderated variance over units of the mean difference of each two methods, and each pair's degrees."""
    units = values[0].shape[1]
    by_unit = np.array([one.mean(0) for one in values])
    shared = np.cov(by_unit) / units
    alone = np.diag(shared)
    apart = alone + alone[:, None] - 2 * shared
    apart[apart <= SAME * (alone + alone[:, None])] = 0.0
    pairs, degrees = np.triu_indices(len(values), 1), np.zeros_like(apart)
    apart[pairs], degrees[pairs] = moderated(apart[pairs], np.full(len(pairs[0]), units - 1.0))
    apart.T[pairs], degrees.T[pairs] = apart[pairs], degrees[pairs]
    return apart, degrees


def _normal(columns: int) -> np.ndarray:
    """Standard normal draws `[draw column]`."""
    from scipy.special import ndtri

    return _shuffled([ndtri(_SHARES)] * columns, "normal", 0)


def _over_degrees(degrees: np.ndarray, seed: int) -> np.ndarray:
    """Draws `[draw column]` of chi-squared over its degrees of freedom; 1 for columns without any."""
    from scipy.special import gammaincinv

    quantiles = {each: gammaincinv(each / 2, _SHARES) * 2 / each for each in {*degrees.tolist()} - {0.0}}
    return _shuffled([quantiles.get(each, np.ones(DRAWS)) for each in degrees.tolist()], "chi-squared", seed)


def _shuffled(columns: Sequence[np.ndarray], purpose: str, seed: int) -> np.ndarray:
    """Each column in a random order of its own, the same on every machine and with every version of numpy."""
    source = np.random.PCG64([*purpose.encode(), seed])
    bits = source.random_raw(DRAWS * len(columns)).reshape(len(columns), DRAWS)
    order = bits.argsort(1)  # words of 64 bits, of which no two tie: every sort has this order
    return np.take_along_axis(np.array(columns).reshape(bits.shape), order, 1).T
