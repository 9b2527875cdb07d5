"""Figures of verification as sums over pairs: by how much every pair moves accuracy, ROC area, error rates or costs.

To first order a figure is its expectation plus the sum of its pairs' influences (Hampel, Journal of the American
Statistical Association 1974). Same-class and different-class pairs are two samples, so that the influences of each kind
add up to 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.ranks import Ranks
from fewshot.core.statistics.roc import curve_of, curves_of


@dataclass(frozen=True)
class PairFigure:
    """A figure's value in every training, `[training]`, and the influences on it, `[training pair]`.

    Same-class pairs are first, then different-class pairs. `pairs` counts those that can move it; 0 stands for all.
    """

    values: np.ndarray
    influences: np.ndarray
    pairs: int = 0


def joined(figures: Sequence[PairFigure]) -> PairFigure:
    """A figure of the trainings of several, one after the other."""
    values, influences = zip(*((one.values, one.influences) for one in figures), strict=True)
    return PairFigure(np.concatenate(values), np.vstack(influences), figures[0].pairs)


def share_of_pairs(same: np.ndarray, different: np.ndarray) -> PairFigure:
    """The mean of values 0 to 1, `[training pair]`, over all pairs, such as accuracy; one kind may have none."""
    same, different = (np.asarray(kind, float) for kind in (same, different))
    pairs = same.shape[1] + different.shape[1]
    values = (same.sum(1) + different.sum(1)) / pairs
    return PairFigure(values, np.hstack([_centred(kind) for kind in (same, different)]) / pairs)


def mean_of_same(values: np.ndarray, different: int) -> PairFigure:
    """The mean of values of same-class pairs, `[training pair]`, such as FNMR, beside so many different-class pairs.

    A value that is not a number is left out.
    """
    means, influences = _mean(values)
    return PairFigure(means, np.hstack([influences, np.zeros((len(means), different))]), np.shape(values)[1])


def mean_of_different(values: np.ndarray, same: int) -> PairFigure:
    """The mean of values of different-class pairs, `[training pair]`, such as FMR, beside so many same-class pairs."""
    means, influences = _mean(values)
    return PairFigure(means, np.hstack([np.zeros((len(means), same)), influences]), np.shape(values)[1])


def mean_of_kinds(same: np.ndarray, different: np.ndarray) -> PairFigure:
    """The mean of values of both kinds of pair, `[training pair]`, each kind weighing one half, such as Cllr."""
    halves = mean_of_same(same, np.shape(different)[1]), mean_of_different(different, np.shape(same)[1])
    return PairFigure(*(sum(getattr(one, part) for one in halves) / 2 for part in ("values", "influences")))


def area_of_pairs(ranks: Ranks) -> PairFigure:
    """The area under the ROC (influences as in DeLong and others, Biometrics 1988)."""
    pairs, beaten = ranks.same.shape[1], ranks.twice_beaten
    of_same, of_different = beaten[:, :pairs], -beaten[:, pairs:]
    comparisons = 2 * pairs * of_different.shape[1]
    return PairFigure(
        of_same.sum(1) / comparisons, np.hstack([_centred(of_same), _centred(of_different)]) / comparisons
    )


def equal_error_of_pairs(ranks: Ranks) -> PairFigure:
    """The equal error rate: FNMR and FMR at the crossing, by weight."""
    found = curve_of(ranks).crossing()
    missed, refused, weights = found.below(ranks.same), found.below(ranks.different), found.weight_of_fnmr[:, None]
    of_same = weights * _centred(missed) / missed.shape[1]
    of_different = (weights - 1) * _centred(refused) / refused.shape[1]
    return PairFigure(found.rate, np.hstack([of_same, of_different]))


def fnmr_of_pairs(ranks: Ranks, fmr: float) -> PairFigure:
    """FNMR at an FMR; a different-class pair moves the threshold, by the slope there."""
    curves, same, different = curves_of(ranks), ranks.same, ranks.different
    thresholds = np.array([[one.thresholds[one.first_at(fmr)]] for one in curves])
    slopes = np.array([[one.slope_at(fmr)] for one in curves])
    missed = mean_of_same(same < thresholds, different.shape[1])
    matched = mean_of_different(different >= thresholds, same.shape[1])
    return PairFigure(missed.values, missed.influences + slopes * matched.influences, same.shape[1])


def _mean(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each training's values, and their influences on it; those that are not numbers have none."""
    values = np.asarray(values, float)
    means, counted = np.nanmean(values, 1), np.isfinite(values).sum(1, keepdims=True)
    return means, np.nan_to_num(values - means[:, None]) / counted


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(1, keepdims=True) if values.size else values
