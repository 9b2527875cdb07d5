"""Figures of verification as sums over pairs: by how much every pair moves accuracy, ROC area or equal error rate.

To first order a figure is its expectation plus the sum of its pairs' influences (Hampel, Journal of the American
Statistical Association 1974). Same-class and different-class pairs are two samples, so that the influences of each kind
add up to 0.
"""

from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.roc import crossing, twice_beaten


@dataclass(frozen=True)
class PairFigure:
    """A figure's value in every training, `[training]`, and the influences on it, `[training pair]`.

    Same-class pairs are first, then different-class pairs.
    """

    values: np.ndarray
    influences: np.ndarray


def share_of_pairs(same: np.ndarray, different: np.ndarray) -> PairFigure:
    """The mean of values 0 to 1, `[training pair]`, over all pairs, such as accuracy; one kind may have none."""
    same, different = (np.asarray(kind, float) for kind in (same, different))
    pairs = same.shape[1] + different.shape[1]
    values = (same.sum(1) + different.sum(1)) / pairs
    return PairFigure(values, np.hstack([_centred(kind) for kind in (same, different)]) / pairs)


def area_of_pairs(same: np.ndarray, different: np.ndarray) -> PairFigure:
    """The area under the ROC of scores `[training pair]` (influences as in DeLong and others, Biometrics 1988)."""
    rows = list(zip(same, different, strict=True))
    of_same = np.array([twice_beaten(ours, theirs) for ours, theirs in rows])
    of_different = -np.array([twice_beaten(theirs, ours) for ours, theirs in rows])
    comparisons = 2 * same.shape[1] * different.shape[1]
    return PairFigure(
        of_same.sum(1) / comparisons, np.hstack([_centred(of_same), _centred(of_different)]) / comparisons
    )


def equal_error_of_pairs(same: np.ndarray, different: np.ndarray) -> PairFigure:
    """The equal error rate of scores `[training pair]`: misses and false alarms at the crossing, by weight."""
    found = [crossing(ours, theirs) for ours, theirs in zip(same, different, strict=True)]
    weights = np.array([[one.weight_of_misses] for one in found])
    missed = np.array([one.below(scores) for one, scores in zip(found, same, strict=True)])
    refused = np.array([one.below(scores) for one, scores in zip(found, different, strict=True)])
    of_same = weights * _centred(missed) / missed.shape[1]
    of_different = (weights - 1) * _centred(refused) / refused.shape[1]
    return PairFigure(np.array([one.rate for one in found]), np.hstack([of_same, of_different]))


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(1, keepdims=True) if values.size else values
