"""Intervals of verification over identities: pairs of the same people are no independent samples.

A same-class pair belongs to one identity, a different-class pair to both of its two. Influences of pairs that share an
identity are summed before they are squared; pairs of the same two identities would count twice, which is taken off
(the dyadic variance of Aronow, Samii and Assenova, Political Analysis 2015). Where few identities make most of the
errors, degrees of freedom are few. Trainings are crossed with identities as in `crossed`. The interval is Wilson's, of
as many independent pairs as have this variance. `results/intervals.md` shows how often it covers the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.core.statistics.crossed import Spread, difference_of
from fewshot.core.statistics.influences import PairFigure
from fewshot.core.statistics.intervals import Interval, reach

FEWEST = 4.0  # degrees of freedom of pairs that seem to be independent, at least: as many as two errors have
NONE = 1e-30  # a variance of rounding alone, if it is smaller


@dataclass(frozen=True)
class Share(Interval):
    """A mean between 0 and 1 with an interval that need not be symmetric; `half` is half of its width."""

    low: float
    high: float


class Identities:
    """The identities of same-class pairs, `[pair]`, and of different-class pairs, `[pair 2]`, as any whole numbers.

    Both identities of a pair may be one and the same, as where alphabets count and not their characters. Raises
    `RequestError` for other shapes.
    """

    def __init__(self, same: Sequence[int] | np.ndarray, different: Sequence[Sequence[int]] | np.ndarray) -> None:
        same, different = np.asarray(same, int), np.asarray(different, int).reshape(-1, 2)
        if same.ndim != 1 or not len(same) + len(different):
            raise RequestError(f"expected identities [pair] and [pair 2], got {same.shape} and {different.shape}")
        self.names, numbers = np.unique(np.concatenate([same, different.flatten()]), return_inverse=True)
        same, different = numbers[: len(same)], np.sort(numbers[len(same) :].reshape(-1, 2))
        pair, two = len(same) + np.arange(len(different)), different[:, 0] != different[:, 1]
        self._identity = np.concatenate([same, different[:, 0], different[two, 1]])  # of both sides of each pair
        self._pair = np.concatenate([np.arange(len(same)), pair, pair[two]])
        self._of_two, both = pair[two], different[two] @ (len(self), 1)
        self._dyad = np.unique(both, return_inverse=True)[1]
        self._scale = np.ones(len(same) + len(different))
        for kind in (slice(len(same)), slice(len(same), None)):
            self._scale[kind] = self._correction(kind)

    @property
    def apart(self) -> bool:
        """False if all pairs of a kind have an identity in common, so that they say nothing of other identities."""
        return bool(np.isfinite(self._scale).all())

    def __len__(self) -> int:
        return len(self.names)

    def values(self, figure: PairFigure) -> np.ndarray:
        """The figure's value on every identity, `[training identity]`, whose spread is that over identities.

        The noise of different-class pairs counts for both of their identities, so that an interval from these values is
        rather too wide; `interval` and `difference` take that off.
        """
        sums = np.array([self._by_identity(row * self._scale) for row in figure.influences])
        sums -= sums.mean(1, keepdims=True)
        return figure.values[:, None] + np.sqrt(len(self) * (len(self) - 1)) * sums

    def interval(self, figure: PairFigure) -> Share:
        """The figure's mean over the trainings, with its interval over trainings and identities; `n` counts these.

        It is 0 to 1 where all pairs have an identity in common. Where no pair is wrong, or all are, it takes pairs as
        independent.

        >>> import numpy as np
        >>> from fewshot.core.statistics.influences import share_of_pairs
        >>> right = share_of_pairs(np.array([[1, 1, 1, 0, 1, 1]]), np.array([[1, 1, 1, 1, 1, 1]]))
        >>> people = Identities([0, 1, 2, 3, 4, 5], [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)])
        >>> print(people.interval(right))
        91.7 ± 25.3
        """
        mean = float(figure.values.mean())
        if not self.apart:
            return Share(mean, 0.5, len(self), 0.0, 1.0)
        found, number, degrees = self._spread(figure), float(figure.pairs or len(self._scale)), FEWEST
        if found.variance > NONE and 0 < mean < 1:
            number, degrees = mean * (1 - mean) / found.variance, found.degrees
        low, high = _wilson(mean, number, reach(degrees))
        return Share(mean, (high - low) / 2, len(self), low, high)

    def symmetric(self, figure: PairFigure) -> Share:
        """The interval of `interval`, Student's on both sides, for a figure that may be above 1, such as Cllr."""
        mean, found = float(figure.values.mean()), self._spread(figure)
        half = np.inf if not self.apart else reach(found.degrees) * np.sqrt(found.variance)
        return Share(mean, float(half), len(self), max(0.0, mean - half), float(mean + half))

    def difference(self, ours: PairFigure, theirs: PairFigure) -> tuple[Interval, float]:
        """Interval and two-sided p of the mean of `ours − theirs`, a figure of two methods on these pairs.

        Identities are paired; trainings are independent, and their numbers may differ.
        """
        mean = float(ours.values.mean() - theirs.values.mean())
        if not self.apart:
            return Interval(mean, np.inf, len(self)), 1.0
        unit, degrees = self._variance(ours.influences.mean(0) - theirs.influences.mean(0))
        own = Spread(0.0, unit if unit > NONE else 0.0, 0.0, 1, 1 + degrees)
        return difference_of(mean, own, [self._spread(one) for one in (ours, theirs)], len(self))

    def _spread(self, figure: PairFigure) -> Spread:
        """The parts of the variance of the mean; the units are its degrees of freedom over identities, and one."""
        trainings, mean = len(figure.values), figure.influences.mean(0)
        unit, degrees = self._variance(mean)
        if trainings == 1:
            return Spread(0.0, unit, 0.0, 1, 1 + degrees)
        rest = sum(_bounded(*_squares(*self._sums(row - mean))) for row in figure.influences) / (
            trainings * (trainings - 1)
        )
        return Spread(figure.values.var(ddof=1) / trainings, unit, rest, trainings, 1 + degrees)

    def _variance(self, influences: np.ndarray) -> tuple[float, float]:
        """The variance of the sum of `[pair]` influences, and its degrees."""
        each, sums, twice = self._sums(influences)
        both, taken, alone = _squares(each, sums, twice)
        variance = _bounded(both, taken, alone)
        if variance in (taken, alone):
            return variance, max(FEWEST, _degrees(each), _degrees(twice))
        terms = both**2 / min(_degrees(sums), len(self) - 1) + taken**2 / max(len(twice), 1)
        return variance, max(FEWEST / 2, variance**2 / terms)

    def _sums(self, influences: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Scaled influences, alone and summed by identity and over the pairs of the same two."""
        each = influences * self._scale
        return each, self._by_identity(each), self._by_dyad(each)

    def _by_identity(self, influences: np.ndarray) -> np.ndarray:
        return np.bincount(self._identity, influences[self._pair], minlength=len(self))

    def _by_dyad(self, influences: np.ndarray) -> np.ndarray:
        """Sums over the pairs of the same two identities."""
        return np.bincount(self._dyad, influences[self._of_two])

    def _correction(self, kind: slice) -> float:
        """The factor of a kind's influences that makes up for their mean being estimated from the same pairs.

        It follows from the share of pairs of pairs that have an identity in common, and is infinite if all have.
        """
        of_kind = np.zeros(len(self._scale))
        of_kind[kind] = 1
        shared = (self._by_identity(of_kind) ** 2).sum() - (self._by_dyad(of_kind) ** 2).sum()
        apart = of_kind.sum() ** 2 - shared
        return float(of_kind.sum() / np.sqrt(apart)) if apart > 0 else np.inf


def of_none(mean: float, pairs: float) -> tuple[float, float]:
    """The interval of a share that is 0 or 1 of so many pairs, which it takes as independent."""
    return _wilson(mean, pairs, reach(FEWEST))


def _squares(each: np.ndarray, sums: np.ndarray, twice: np.ndarray) -> tuple[float, float, float]:
    """The sums of squares by identity, of pairs of identities and of pairs."""
    return (sums**2).sum(), (twice**2).sum(), (each**2).sum()


def _bounded(both: float, taken: float, alone: float) -> float:
    """The variance by sums of squares, no less than if all pairs, or all pairs of identities, were independent."""
    return max(both - taken, taken, alone)


def _degrees(sums: np.ndarray) -> float:
    """The degrees of freedom of a sum of squares, from their kurtosis: about as many as there are normal deviates."""
    if not len(sums):
        return 0.0
    squares = sums**2
    apart = (squares**2).sum() - squares.sum() ** 2 / len(squares)
    return float(2 * squares.sum() ** 2 / apart) if apart > 0 else float(len(squares))


def _wilson(mean: float, number: float, quantile: float) -> tuple[float, float]:
    """Wilson's interval of a share (Journal of the American Statistical Association 1927) of so many trials."""
    extra = quantile**2 / number
    middle = (mean + extra / 2) / (1 + extra)
    half = np.sqrt(extra * (mean * (1 - mean) + extra / 4)) / (1 + extra)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))
