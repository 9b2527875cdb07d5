"""ROC area and equal error rate, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from fewshot.core.statistics.roc import equal_error_rate, roc_area


def scores_with_ties(seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.integers(2, 12, 57) / 8, draw.integers(0, 9, 91) / 8


@pytest.mark.parametrize("seed", range(5))
def test_the_roc_area_is_sklearns(seed):
    same, different = scores_with_ties(seed)
    truth = np.repeat([1, 0], [len(same), len(different)])
    assert roc_area(same, different) == pytest.approx(roc_auc_score(truth, np.concatenate([same, different])))


@pytest.mark.parametrize("seed", range(5))
def test_the_equal_error_rate_is_on_sklearns_curve(seed):
    same, different = scores_with_ties(seed)
    truth = np.repeat([1, 0], [len(same), len(different)])
    alarm, hit, _ = roc_curve(truth, np.concatenate([same, different]), drop_intermediate=False)
    rate = equal_error_rate(same, different)
    assert np.interp(rate, alarm, hit) == pytest.approx(1 - rate)


@pytest.mark.parametrize(
    ("same", "different", "area", "rate"),
    [
        ([0.3, 0.3, 0.3], [0.3, 0.3], 0.5, 0.5),
        ([2, 3], [0, 1, 1], 1, 0),
        ([0, 1, 1], [2, 3], 0, 1),
        ([1], [0], 1, 0),
        ([1, 3], [0, 2], 0.75, 0.5),
    ],
    ids=["constant", "perfect", "reversed", "one pair each", "one in two wrong"],
)
def test_scores_by_hand(same, different, area, rate):
    assert (roc_area(same, different), equal_error_rate(same, different)) == (area, rate)


@pytest.mark.parametrize("measure", [roc_area, equal_error_rate])
def test_only_the_order_of_scores_counts(measure):
    same, different = scores_with_ties(9)
    assert measure(same, different) == pytest.approx(measure(np.exp(5 * same), np.exp(5 * different)))
    assert measure(same, different) == pytest.approx(1 - measure(-same, -different))
    shuffle = np.random.default_rng(0).permutation
    assert measure(same, different) == measure(shuffle(same), shuffle(different))
