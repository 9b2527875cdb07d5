"""The statistics, against scipy, scikit-learn and examples worked by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score, roc_curve

from fewshot.core.errors import RequestError
from fewshot.core.stats import Interval, equal_error_rate, holm, paired_difference, roc_area, t_interval


@pytest.mark.parametrize("level", [0.95, 0.8])
@pytest.mark.parametrize("n", [2, 20, 1000])
def test_the_interval_is_students(n, level):
    values = np.random.default_rng(n).random(n)
    found = t_interval(values, level)
    low, high = stats.t.interval(level, n - 1, loc=values.mean(), scale=stats.sem(values))
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert found.n == n


def test_one_value_has_no_interval():
    assert t_interval([0.5]) == Interval(0.5, float("inf"), 1)


def test_an_interval_prints_in_per_cent():
    assert str(Interval(0.92, 0.0271, 20)) == "92.0 ± 2.7"


def test_a_paired_difference_is_students_paired_test():
    draw = np.random.default_rng(0)
    theirs = draw.random(30)
    ours = theirs + draw.normal(0.05, 0.2, 30)
    interval, p = paired_difference(ours, theirs)
    expected = stats.ttest_rel(ours, theirs)
    assert p == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval(0.95)
    assert (interval.mean - interval.half, interval.mean + interval.half) == pytest.approx((low, high))


def test_paired_differences_without_spread():
    assert paired_difference([0.5, 0.25], [0.5, 0.25])[1] == 1
    assert paired_difference([0.5, 0.75], [0.25, 0.5])[1] == 0
    assert paired_difference([0.9], [0.1])[1] == 1  # one unit says nothing


def test_a_paired_difference_needs_the_same_units():
    with pytest.raises(RequestError, match="got 2 and 3"):
        paired_difference([1, 2], [1, 2, 3])


def test_holm_by_hand():
    """Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1 is 0.04, 0.06, 0.06, 0.04; none may be below the one before."""
    assert holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.6]) == pytest.approx([1, 1])
    assert holm([0.05]) == pytest.approx([0.05])


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


@pytest.mark.parametrize("values", [[], [0.5, float("nan")], [0.5, float("inf")], [[0.5, 0.5]]])
def test_empty_input_and_numbers_that_are_not_finite_are_refused(values):
    good = [0.25, 0.5]
    for call in (t_interval, holm):
        with pytest.raises(RequestError, match="expected one row of finite numbers"):
            call(values)
    for call in (paired_difference, roc_area, equal_error_rate):
        for pair in ((values, good), (good, values)):
            with pytest.raises(RequestError, match="expected one row of finite numbers"):
                call(*pair)
