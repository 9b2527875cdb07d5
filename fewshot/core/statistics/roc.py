"""The curve of false matches and false non-matches by threshold: ROC area, equal error rate, FNMR at an FMR.

A comparison of two images of one class (mated) that is no match is a false non-match, one of two classes (non-mated)
that is a match a false match; FNMR and FMR are their rates (ISO/IEC 19795-1). A match scores at least the threshold,
and a score of −infinity, of a failure to acquire, is a match at no threshold that is a number.
"""

from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.intervals import Numbers, finite
from fewshot.core.statistics.ranks import Ranks, beside, rank


@dataclass(frozen=True)
class Roc:
    """Scores as `thresholds`, rising and then infinity, and the numbers of false matches and non-matches at each.

    It is of one training, or of several with as many pairs one after the other. `fmr` and `fnmr` are the points of the
    detection error tradeoff (DET).
    """

    thresholds: np.ndarray
    false_matches: np.ndarray
    false_non_matches: np.ndarray

    @property
    def fmr(self) -> np.ndarray:
        """The share of different-class pairs at or above each threshold: falling, from 1 to 0."""
        return self.false_matches / self.false_matches[0]

    @property
    def fnmr(self) -> np.ndarray:
        """The share of same-class pairs below each threshold: rising, from 0 to 1."""
        return self.false_non_matches / self.false_non_matches[-1]

    @property
    def begins(self) -> np.ndarray:
        """The place of the lowest threshold of each training."""
        return np.flatnonzero((self.fmr == 1) & (self.fnmr == 0))

    def hull(self) -> "Roc":
        """The corners of the convex hull, below which no mixture of two thresholds comes."""
        ends = np.abs(self.fmr - self.fnmr) == 1  # of each training
        kept = np.arange(len(self.thresholds))
        while True:  # a point on or above the line between two others is no corner
            right, up = np.diff(self.false_matches[kept]), np.diff(self.false_non_matches[kept])
            corner = ends[kept]
            corner[1:-1] |= right[:-1] * up[1:] < up[:-1] * right[1:]
            if corner.all():
                return Roc(self.thresholds[kept], self.false_matches[kept], self.false_non_matches[kept])
            kept = kept[corner]

    def crossing(self) -> "Crossing":
        """The crossing of FNMR and FMR on the hull."""
        hull = self.hull()
        gap, begins = hull.fnmr - hull.fmr, hull.begins  # rises from −1 to 1
        after = begins + np.add.reduceat(gap < 0, begins, dtype=int)
        return Crossing(hull, after, -gap[after - 1] / (gap[after] - gap[after - 1]))

    def first_at(self, fmr: float) -> int:
        """The place of the lowest threshold with at most this FMR, which has the lowest FNMR of those."""
        return int(np.argmax(self.fmr <= fmr))

    def slope_at(self, fmr: float) -> float:
        """By how much FNMR falls as FMR rises, between the thresholds with half and with twice this FMR."""
        low, high = max(self.first_at(2 * fmr) - 1, 0), self.first_at(fmr / 2)
        return float((self.fnmr[high] - self.fnmr[low]) / (self.fmr[low] - self.fmr[high]))


@dataclass(frozen=True)
class Crossing:
    """The hull of a ROC, and where FNMR and FMR cross on it, `[training]`.

    They are equal at a `share` of the way from the corner before `after` to that one.
    """

    hull: Roc
    after: np.ndarray
    share: np.ndarray

    @property
    def rate(self) -> np.ndarray:
        """The equal error rate, `[training]`."""
        before, after = self.hull.fnmr[self.after - 1], self.hull.fnmr[self.after]
        return before + self.share * (after - before)

    @property
    def weight_of_fnmr(self) -> np.ndarray:
        """The weight of false non-matches in a small change of the rate, `[training]`; false matches have the rest.

        It follows from the slope of the hull between the corners where FNMR and where FMR are half as high as at the
        crossing.
        """
        fmr, fnmr, begins = self.hull.fmr, self.hull.fnmr, self.hull.begins
        half = np.repeat(self.rate / 2, np.diff(begins, append=len(fmr)))
        low = np.minimum(begins + np.add.reduceat(fnmr <= half, begins, dtype=int), self.after) - 1
        high = np.maximum(begins + np.add.reduceat(fmr > half, begins, dtype=int), self.after)
        up, down = fnmr[high] - fnmr[low], fmr[low] - fmr[high]
        return down / (up + down)

    def below(self, scores: np.ndarray) -> np.ndarray:
        """The share of each score, `[training pair]`, that is below the crossing: 1 or 0, or between where two
        thresholds are mixed."""
        before, after = (self.hull.thresholds[place, None] for place in (self.after - 1, self.after))
        share = self.share[:, None]
        return (1 - share) * (scores < before) + share * (scores < after)


def curve_of(ranks: Ranks) -> Roc:
    """The curves of all trainings, one after the other."""
    same, different = ranks.same.shape[1], ranks.different.shape[1]
    once = beside(ranks.first == np.arange(same + different), last=True)
    matches = beside(different - (ranks.first - ranks.below), last=0)
    return Roc(beside(ranks.scores, last=np.inf)[once], matches[once], beside(ranks.below, last=same)[once])


def curves_of(ranks: Ranks) -> list[Roc]:
    """The curve of each training."""
    whole = curve_of(ranks)
    return [*map(Roc, *(np.split(values, whole.begins[1:]) for values in vars(whole).values()))]


def roc_of(same: Numbers, different: Numbers) -> Roc:
    """The curve of scores of same-class and different-class pairs.

    >>> from fewshot.core.statistics.roc import roc_of
    >>> curve = roc_of([1, 3], [0, 2])
    >>> curve.thresholds.tolist(), curve.fmr.tolist(), curve.fnmr.tolist()
    ([0.0, 1.0, 2.0, 3.0, inf], [1.0, 0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5, 1.0])
    """
    return curves_of(_of_one(same, different))[0]


def roc_area(same: Numbers, different: Numbers) -> float:
    """Probability that a same-class pair scores higher than a different-class pair, a tie counting half."""
    beaten = _of_one(same, different).twice_beaten[0, : len(same)]
    return float(beaten.mean() / (2 * len(different)))


def equal_error_rate(same: Numbers, different: Numbers) -> float:
    """Error rate at which FNMR equals FMR on the convex hull of the ROC, at most 0.5 (Brümmer and de Villiers 2013).

    0 is perfect; a constant score and one that is always wrong have 0.5. Other definitions, such as either rate at the
    threshold where both are nearest, give other rates for the same scores: here 0.2 and 0.4.

    >>> from fewshot.core.statistics.roc import equal_error_rate
    >>> round(equal_error_rate([1, 2, 4, 4, 4], [0, 0, 0, 2, 5]), 3)
    0.267
    """
    return float(roc_of(same, different).crossing().rate[0])


def fnmr_at(same: Numbers, different: Numbers, fmr: float) -> float:
    """The lowest FNMR of a threshold whose FMR is at most `fmr`; 1 less it is the TAR at this FAR.

    >>> from fewshot.core.statistics.roc import fnmr_at
    >>> fnmr_at([1, 2, 4, 4, 4], [0, 0, 0, 2, 5], fmr=0.2)
    0.4
    """
    curve = roc_of(same, different)
    return float(curve.fnmr[curve.first_at(fmr)])


def _of_one(same: Numbers, different: Numbers) -> Ranks:
    """The ranks of one training. Raises `RequestError` unless both kinds are one row of scores."""
    for scores in (same, different):
        finite(np.where(np.isneginf(scores), 0.0, scores))
    return rank([same], [different])
