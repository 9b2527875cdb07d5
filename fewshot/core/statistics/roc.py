"""The area under the receiver operating characteristic, and the equal error rate, of one training or of many."""

from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.crossed import Values, matrix
from fewshot.core.statistics.intervals import Numbers, finite


def roc_area(same: Numbers, different: Numbers) -> float:
    """Probability that a same-class pair scores higher than a different-class pair, a tie counting half."""
    beaten = rank([finite(same)], [finite(different)]).twice_beaten[0, : len(same)]
    return float(beaten.mean() / (2 * len(different)))


def equal_error_rate(same: Numbers, different: Numbers) -> float:
    """Error rate at which misses equal false alarms, interpolated linearly between neighbouring thresholds.

    0 is perfect, 0.5 is chance (and a constant score), 1 is always wrong.
    """
    return float(rank([finite(same)], [finite(different)]).crossing().rate[0])


@dataclass(frozen=True)
class Ranks:
    """The scores of both kinds of pair, `[training pair]`, and of all pairs from the lowest, `[training place]`.

    `order` has the number of the pair at each place, same-class pairs first. From place `first` to before `last` stand
    those that tie with it, and `below` and `up_to` count the same-class pairs before these two places.
    """

    same: np.ndarray
    different: np.ndarray
    scores: np.ndarray
    order: np.ndarray
    first: np.ndarray
    last: np.ndarray
    below: np.ndarray
    up_to: np.ndarray

    @property
    def twice_beaten(self) -> np.ndarray:
        """Twice the number of pairs of the other kind that each pair exceeds, a tie counting half, `[training pair]`.

        Same-class pairs are first, then different-class pairs.
        """
        same = self.below + self.up_to
        beaten, found = np.where(self.order < self.same.shape[1], self.first + self.last - same, same), same
        np.put_along_axis(found, self.order, beaten, 1)
        return found

    def crossing(self) -> "Crossing":
        """The crossing of misses and false alarms."""
        thresholds = _beside(self.scores, last=np.inf)
        miss = _beside(self.below / self.same.shape[1], last=1.0)
        alarm = _beside(1 - (self.first - self.below) / self.different.shape[1], last=0.0)
        gap = miss - alarm  # rises from −1 to 1
        after = (gap >= 0).argmax(1, keepdims=True)
        before = _at(gap, after - 1)
        return Crossing(thresholds, miss, alarm, after, -before / (_at(gap, after) - before))


@dataclass(frozen=True)
class Crossing:
    """Misses and false alarms by threshold, `[training threshold]`, and where the two rates cross, `[training 1]`.

    They are equal at a `share` of the way from the threshold before `after` to that one.
    """

    thresholds: np.ndarray
    miss: np.ndarray
    alarm: np.ndarray
    after: np.ndarray
    share: np.ndarray

    @property
    def rate(self) -> np.ndarray:
        """The equal error rate, `[training]`."""
        before, after = _at(self.miss, self.after - 1), _at(self.miss, self.after)
        return (before + self.share * (after - before))[:, 0]

    @property
    def weight_of_misses(self) -> np.ndarray:
        """The weight of misses in a small change of the rate, `[training 1]`; false alarms have the rest.

        It follows from the slope of the curve between the thresholds where misses and where false alarms are half as
        many as at the crossing.
        """
        half = self.rate[:, None] / 2
        low = np.minimum((self.miss <= half).sum(1, keepdims=True), self.after) - 1
        high = np.maximum((self.alarm <= half).argmax(1, keepdims=True), self.after)
        miss, alarm = _at(self.miss, high) - _at(self.miss, low), _at(self.alarm, low) - _at(self.alarm, high)
        return alarm / (miss + alarm)

    def below(self, scores: np.ndarray) -> np.ndarray:
        """The share of each score, `[training pair]`, that is below the crossing: 1 or 0, or between where the rates
        are interpolated."""
        before, after = _at(self.thresholds, self.after - 1), _at(self.thresholds, self.after)
        return (1 - self.share) * (scores < before) + self.share * (scores < after)


def rank(same: Values, different: Values) -> Ranks:
    """The ranks of scores of two kinds of pair, `[training pair]`. Raises `RequestError` unless they are finite."""
    same, different = matrix(same), matrix(different)
    both = np.hstack([same, different])
    order, place = both.argsort(1), np.arange(both.shape[1])
    scores = _at(both, order)
    apart = scores[:, 1:] != scores[:, :-1]
    first = np.maximum.accumulate(np.where(_beside(apart, first=True), place, 0), 1)
    last = np.minimum.accumulate(np.where(_beside(apart, last=True), place + 1, len(place))[:, ::-1], 1)[:, ::-1]
    before = _beside((order < same.shape[1]).cumsum(1), first=0)
    return Ranks(same, different, scores, order, first, last, _at(before, first), _at(before, last))


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.take_along_axis(values, places, 1)


def _beside(values: np.ndarray, first: float | None = None, last: float | None = None) -> np.ndarray:
    """The values with a column before or behind them."""
    column = np.full((len(values), 1), last if first is None else first, values.dtype)
    return np.hstack([values, column] if first is None else [column, values])
