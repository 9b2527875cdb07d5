"""Figures of verification as sums over pairs: by how much every pair moves accuracy, ROC area or equal error rate.

To first order a figure is its expectation plus the sum of its pairs' influences (Hampel, Journal of the American
Statistical Association 1974). Same-class and different-class pairs are two samples, so that the influences of each kind
add up to 0.
"""

from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.roc import Ranks


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


def area_of_pairs(ranks: Ranks) -> PairFigure:
    """The area under the ROC (influences as in DeLong and others, Biometrics 1988)."""
    pairs, beaten = ranks.same.shape[1], ranks.twice_beaten
    of_same, of_different = beaten[:, :pairs], -beaten[:, pairs:]
    comparisons = 2 * pairs * of_different.shape[1]
    return PairFigure(
        of_same.sum(1) / comparisons, np.hstack([_centred(of_same), _centred(of_different)]) / comparisons
    )


def equal_error_of_pairs(ranks: Ranks) -> PairFigure:
    """The equal error rate: misses and false alarms at the crossing, by weight."""
    found = ranks.crossing()
    missed, refused, weights = found.below(ranks.same), found.below(ranks.different), found.weight_of_misses
    of_same = weights * _centred(missed) / missed.shape[1]
    of_different = (weights - 1) * _centred(refused) / refused.shape[1]
    return PairFigure(found.rate, np.hstack([of_same, of_different]))


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(1, keepdims=True) if values.size else values
