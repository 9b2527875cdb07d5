"""The area under the receiver operating characteristic, and the equal error rate."""

import numpy as np

from fewshot.core.statistics.intervals import Numbers, finite


def roc_area(same: Numbers, different: Numbers) -> float:
    """Probability that a same-class pair scores higher than a different-class pair, a tie counting half."""
    same, different = finite(same), np.sort(finite(different))
    less, at_most = np.searchsorted(different, same, "left"), np.searchsorted(different, same, "right")
    return float((less + at_most).mean() / (2 * len(different)))


def equal_error_rate(same: Numbers, different: Numbers) -> float:
    """Error rate at which misses equal false alarms, interpolated linearly between neighbouring thresholds.

    0 is perfect, 0.5 is chance (and a constant score), 1 is always wrong.
    """
    same, different = np.sort(finite(same)), np.sort(finite(different))
    thresholds = np.append(np.union1d(same, different), np.inf)
    miss = np.searchsorted(same, thresholds, "left") / len(same)
    alarm = 1 - np.searchsorted(different, thresholds, "left") / len(different)
    gap = miss - alarm  # rises from −1 to 1
    after = int(np.argmax(gap >= 0))
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(miss[after - 1] + share * (miss[after] - miss[after - 1]))
