"""Log-likelihood ratios of pairs: their cost, the least that any rising map of scores has, and calibration.

A ratio is of "same class" to "different classes", in natural logarithms; at even odds its logistic is the probability
of the same class. Both kinds of pair weigh one half, however many there are. Costs are Brümmer and du Preez's
(Computer Speech & Language 2006).
"""

from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.intervals import Numbers, finite
from fewshot.core.statistics.roc import roc_of

BINS = 15  # of probabilities, all as wide
SMALL = 1e-100  # scores whose squares are too small for a number
STEPS, CLOSE = 100, 1e-12  # of Newton's method; it converges in about ten


@dataclass(frozen=True)
class Calibration:
    """A log-likelihood ratio for each score: slope × score + offset, the slope being at least 0."""

    slope: float
    offset: float

    def ratios(self, scores: Numbers) -> np.ndarray:
        """The log-likelihood ratios of scores."""
        return self.slope * np.asarray(scores, float) + self.offset


def costs(same: Numbers, different: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """The cost of the log-likelihood ratio of each pair, in bits: 1 for the ratio 0, which says nothing."""
    same, different = np.asarray(same, float), np.asarray(different, float)
    return np.logaddexp(0, -same) / np.log(2), np.logaddexp(0, different) / np.log(2)


def cllr(same: Numbers, different: Numbers) -> float:
    """Cllr, the mean cost of log-likelihood ratios over both kinds of pair, or over the one that there is.

    0 is perfect, 1 says nothing, and more misleads.

    >>> from fewshot.core.statistics.likelihood_ratios import cllr
    >>> cllr([0, 0], [0]), cllr([0], [])
    (1.0, 1.0)
    """
    return float(np.mean([one.mean() for one in costs(same, different) if len(one)]))


def pooled(same: Numbers, different: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """The log-likelihood ratios of scores that have the least cost, minCllr, of all that never fall as scores rise.

    They are the slopes of the ROC's hull, as found by pooling adjacent violators (PAV); beyond the last score of the
    other kind they are infinite.
    """
    same, different = finite(same), finite(different)
    hull = roc_of(same, different).hull()
    with np.errstate(divide="ignore"):
        ratios = np.log(np.diff(hull.fnmr)) - np.log(-np.diff(hull.fmr))
    places = (np.searchsorted(hull.thresholds, kind, "right") - 1 for kind in (same, different))
    return tuple(ratios[place] for place in places)


def calibrate(same: Numbers, different: Numbers) -> Calibration:
    """The logistic calibration of scores: the slope and offset of least Cllr on these pairs.

    Targets are Platt's (1999), (n + 1) / (n + 2) for n pairs of a kind, so that separable scores have a finite slope
    and ratios that grow with the number of pairs. Where larger scores mean other classes, slope and offset are 0.

    >>> from fewshot.core.statistics.likelihood_ratios import calibrate
    >>> found = calibrate([2, 3, 4, 5], [0, 1, 2, 3])
    >>> found.ratios([0, 2.5, 5]).round(2) + 0.0
    array([-1.76,  0.  ,  1.76])
    """
    same, different = finite(same), finite(different)
    scores, kinds = np.concatenate([same, different]), (len(same), len(different))
    if scores.min() == scores.max():  # their deviation may be of rounding, and not 0
        return Calibration(0.0, 0.0)
    middle, width = scores.mean(), scores.std()
    if (largest := np.abs(scores).max()) < SMALL:
        width = largest * (scores / largest).std()
    inputs = np.stack([(scores - middle) / width, np.ones_like(scores)])
    weights = np.repeat([0.5 / number for number in kinds], kinds)
    target = np.repeat([(kinds[0] + 1) / (kinds[0] + 2), 1 / (kinds[1] + 2)], kinds)

    def cost(found: np.ndarray) -> float:
        ratios = found @ inputs
        return float(weights @ (np.logaddexp(0, ratios) - target * ratios))

    found = np.zeros(2)
    for _ in range(STEPS):
        chance = _chance(found @ inputs)
        slope = inputs @ (weights * (chance - target))
        step = np.linalg.solve((inputs * (weights * chance * (1 - chance))) @ inputs.T, slope)
        while cost(found - step) > cost(found) and np.abs(step).max() > CLOSE:
            step /= 2
        found -= step
        if np.abs(step).max() <= CLOSE:
            break
    if found[0] <= 0:
        return Calibration(0.0, 0.0)
    return Calibration(float(found[0] / width), float(found[1] - found[0] * middle / width))


def miscalibrated(same: Numbers, different: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """For each pair, the probability of the same class less 1 or 0, with the sign of the sum of these in its bin.

    The mean over both kinds, each weighing one half, is the expected calibration error at even odds (Guo and others,
    ICML 2017): over `BINS` bins of probability, of the share of same-class pairs from their probability.
    """
    chances = [_chance(finite(ratios)) for ratios in (same, different)]
    gaps = [chances[0] - 1, chances[1]]
    bins = [np.minimum((one * BINS).astype(int), BINS - 1) for one in chances]
    sums = sum(np.bincount(place, gap, BINS) / len(gap) for place, gap in zip(bins, gaps, strict=True))
    return tuple(np.sign(sums)[place] * gap for place, gap in zip(bins, gaps, strict=True))


def _chance(ratios: np.ndarray) -> np.ndarray:
    """The probability of the same class at even odds."""
    return (1 + np.tanh(ratios / 2)) / 2
