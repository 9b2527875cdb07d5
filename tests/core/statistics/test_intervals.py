"""Student's intervals, against scipy."""

import numpy as np
import pytest
from scipy import stats

from fewshot.core.errors import RequestError
from fewshot.core.statistics.intervals import Interval, t_interval
from fewshot.core.statistics.multiple import holm
from fewshot.core.statistics.roc import equal_error_rate, roc_area


@pytest.mark.parametrize("n", [2, 20, 1000])
def test_the_interval_is_students(n):
    values = np.random.default_rng(n).random(n)
    found = t_interval(values)
    low, high = stats.t.interval(0.95, n - 1, loc=values.mean(), scale=stats.sem(values))
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert found.n == n


def test_one_value_has_no_interval():
    assert t_interval([0.5]) == Interval(0.5, float("inf"), 1)


def test_an_interval_prints_in_per_cent():
    assert str(Interval(0.92, 0.0271, 20)) == "92.0 ± 2.7"


def test_a_difference_of_which_figures_keep_six_digits_prints_alike_in_tables_and_figures():
    nearly = 0.94199999999999 - 0.9335
    assert f"{100 * nearly:+.1f}" != f"{100 * round(nearly, 6):+.1f}"  # a tie
    assert Interval(nearly, 0.013, 10).signed == "+0.9 ± 1.3"
    assert Interval(-nearly, 0.013, 10).signed == "−0.9 ± 1.3"
    assert Interval(-1e-9, 0.013, 10).signed == "+0.0 ± 1.3"


@pytest.mark.parametrize("values", [[], [0.5, float("nan")], [0.5, float("inf")], [[0.5, 0.5]]])
def test_empty_input_and_numbers_that_are_not_finite_are_refused(values):
    good = [0.25, 0.5]
    for call in (t_interval, holm):
        with pytest.raises(RequestError, match="expected one row of finite numbers"):
            call(values)
    for call in (roc_area, equal_error_rate):
        for pair in ((values, good), (good, values)):
            with pytest.raises(RequestError, match="expected one row of finite numbers"):
                call(*pair)


@pytest.mark.parametrize(("mean", "text"), [(0.0152, "+1.5 ± 1.0"), (-0.0152, "−1.5 ± 1.0"), (-0.0001, "+0.0 ± 1.0")])
def test_a_difference_has_its_sign(mean, text):
    assert Interval(mean, 0.01, 20).signed == text
