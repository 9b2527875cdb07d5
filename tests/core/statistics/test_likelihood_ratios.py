"""Costs of log-likelihood ratios and calibration, by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from fewshot.core.statistics.likelihood_ratios import Calibration, calibrate, cllr, miscalibrated, pooled

LOG2 = np.log(2)


def some_scores(seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.integers(3, 14, 57) / 8, draw.integers(0, 9, 91) / 8


def calibration_error(same, different) -> float:
    return float(np.mean([one.mean() for one in miscalibrated(same, different)]))


@pytest.mark.parametrize(
    ("same", "different", "cost"),
    [
        ([0, 0, 0], [0], 1),
        ([0], [], 1),
        ([], [0, 0], 1),
        ([LOG2], [-LOG2, -LOG2], np.log2(1.5)),
        ([-LOG2], [LOG2], np.log2(3)),
        ([1000], [-1000], 0),
        ([LOG2], [0], (np.log2(1.5) + 1) / 2),
    ],
    ids=["nothing said", "same alone", "different alone", "2 to 1", "misleading", "certain", "kinds weigh one half"],
)
def test_costs_by_hand(same, different, cost):
    assert cllr(same, different) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("same", "different", "cost"),
    [
        ([2, 3], [0, 1], 0),
        ([0, 1], [2, 3], 1),
        ([1, 1], [1], 1),
        ([1, 3], [0, 2], 0.5),  # 1 and 2 are pooled, at even odds
        ([1, 2], [1, 0], 0.5),  # the others are certain
    ],
    ids=["perfect", "always wrong", "one score", "a pool", "a tie"],
)
def test_least_costs_by_hand(same, different, cost):
    assert cllr(*pooled(same, different)) == pytest.approx(cost)


@pytest.mark.parametrize("seed", range(3))
def test_the_least_cost_is_that_of_sklearns_isotonic_regression(seed):
    same, different = some_scores(seed)
    truth = np.repeat([1, 0], [len(same), len(different)])
    weights = np.repeat([0.5 / len(same), 0.5 / len(different)], [len(same), len(different)])
    scores = np.concatenate([same, different])
    chance = IsotonicRegression().fit(scores, truth, weights).predict(scores)
    found = -np.log2(np.where(truth == 1, chance, 1 - chance)) @ weights
    assert cllr(*pooled(same, different)) == pytest.approx(found)
    assert found < cllr(*map(calibrate(same, different).ratios, (same, different)))


@pytest.mark.parametrize("seed", range(3))
def test_calibration_is_sklearns_with_platts_targets(seed):
    same, different = some_scores(seed)
    scores, kinds = np.concatenate([same, different])[:, None], [len(same), len(different)]
    weights = np.repeat([100 / len(same), 100 / len(different)], kinds)
    target = np.repeat([58 / 59, 1 / 93], kinds)
    twice = np.repeat([1, 0], len(scores)), np.concatenate([weights * target, weights * (1 - target)])
    found = LogisticRegression(C=1e9, tol=1e-10).fit(np.concatenate([scores, scores]), *twice)
    ours = calibrate(same, different)
    assert (ours.slope, ours.offset) == pytest.approx((found.coef_[0, 0], found.intercept_[0]), rel=1e-4)


def test_scores_that_are_ratios_are_calibrated_already():
    draw = np.random.default_rng(0)
    same, different = draw.normal(2, 2, 100_000), draw.normal(-2, 2, 100_000)  # their own log-likelihood ratios
    found = calibrate(same, different)
    assert (found.slope, found.offset) == pytest.approx((1, 0), abs=0.02)
    assert calibration_error(same, different) < 0.01
    assert calibration_error(3 * same, 3 * different) > 0.04
    shifted = calibrate(5 * same + 7, 5 * different + 7)
    assert shifted.ratios(5 * same + 7) == pytest.approx(found.ratios(same))


def test_separable_scores_have_a_finite_slope():
    """One pair of a kind allows odds of 2 to 1, nine pairs 10 to 1, at most."""
    assert calibrate([1], [-1]).ratios([1, -1]) == pytest.approx([LOG2, -LOG2])
    assert calibrate([1] * 9, [-1] * 9).ratios([1, -1]) == pytest.approx([np.log(10), -np.log(10)])


@pytest.mark.parametrize(
    ("same", "different"),
    [([1, 2], [3, 4]), ([5, 5], [5]), ([0.1] * 3, [0.1] * 3)],  # whose mean is not 0.1, by rounding
    ids=["reversed", "constant", "constant and not whole"],
)
def test_scores_that_tell_nothing_have_ratios_of_0(same, different):
    assert calibrate(same, different) == Calibration(0.0, 0.0)
    assert cllr(*map(Calibration(0.0, 0.0).ratios, (same, different))) == 1


def test_the_calibration_error_by_hand():
    """Probabilities 2/3, of which 1/2 and not 2/3 are of the same class; then each kind has one of its own."""
    assert calibration_error([LOG2], [LOG2]) == pytest.approx(1 / 6)
    assert calibration_error([LOG2, LOG2], [LOG2]) == pytest.approx(1 / 6)  # both kinds weigh one half
    assert calibration_error([LOG2], [-LOG2]) == pytest.approx(1 / 3)
