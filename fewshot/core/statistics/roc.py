"""The area under the receiver operating characteristic, and the equal error rate."""

from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.intervals import Numbers, finite


def roc_area(same: Numbers, different: Numbers) -> float:
    """Probability that a same-class pair scores higher than a different-class pair, a tie counting half."""
    return float(twice_beaten(finite(same), finite(different)).mean() / (2 * len(different)))


def twice_beaten(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Twice the number of others that each score exceeds, a tie counting half."""
    others = np.sort(others)
    return np.searchsorted(others, scores, "left") + np.searchsorted(others, scores, "right")


def equal_error_rate(same: Numbers, different: Numbers) -> float:
    """Error rate at which misses equal false alarms, interpolated linearly between neighbouring thresholds.

    0 is perfect, 0.5 is chance (and a constant score), 1 is always wrong.
    """
    return crossing(same, different).rate


@dataclass(frozen=True)
class Crossing:
    """Misses and false alarms by threshold, `[threshold]`, and where the two rates cross.

    They are equal at a `share` of the way from the threshold before `after` to that one.
    """

    thresholds: np.ndarray
    miss: np.ndarray
    alarm: np.ndarray
    after: int
    share: float

    @property
    def rate(self) -> float:
        """The equal error rate."""
        before, after = self.miss[self.after - 1 : self.after + 1]
        return float(before + self.share * (after - before))

    @property
    def weight_of_misses(self) -> float:
        """The weight of misses in a small change of the rate; false alarms have the rest.

        It follows from the slope of the curve between the thresholds where misses and where false alarms are half as
        many as at the crossing.
        """
        low = min(int(np.searchsorted(self.miss, self.rate / 2, "right")), self.after) - 1
        high = max(int(np.argmax(self.alarm <= self.rate / 2)), self.after)
        miss, alarm = self.miss[high] - self.miss[low], self.alarm[low] - self.alarm[high]
        return float(alarm / (miss + alarm))

    def below(self, scores: np.ndarray) -> np.ndarray:
        """The share of each score that is below the crossing: 1 or 0, or between where the rates are interpolated."""
        before, after = self.thresholds[self.after - 1 : self.after + 1]
        return (1 - self.share) * (scores < before) + self.share * (scores < after)


def crossing(same: Numbers, different: Numbers) -> Crossing:
    """The crossing of misses and false alarms among the scores of two kinds of pair."""
    same, different = np.sort(finite(same)), np.sort(finite(different))
    thresholds = np.append(np.union1d(same, different), np.inf)
    miss = np.searchsorted(same, thresholds, "left") / len(same)
    alarm = 1 - np.searchsorted(different, thresholds, "left") / len(different)
    gap = miss - alarm  # rises from −1 to 1
    after = int(np.argmax(gap >= 0))
    return Crossing(thresholds, miss, alarm, after, float(-gap[after - 1] / (gap[after] - gap[after - 1])))
