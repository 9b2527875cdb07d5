"""Rates, counts and costs of scores of pairs, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.statistics.crossed import crossed_interval
from fewshot.core.statistics.operating_points import Chosen, choose
from fewshot.reporting.verification.pair_scores import PairScores
from fewshot.reporting.verification.rates import OWN, Figure, cost_figures, curve_figures, over_folds, point_figures

SAME, DIFFERENT = [[1, 2, 4, 4, 4]], [[0, 0, 0, 2, 5]]
FIXED = Chosen({"eer": 2.0, "fmr=0.1": 3.0, "fmr=0.01": 6.0, "fmr=0.001": 6.0}, (0.0, 0.0))


def scores(same=SAME, different=DIFFERENT, chosen=(FIXED,), sides=None) -> PairScores:
    return PairScores("all", np.array(same, float), np.array(different, float), chosen, sides)


def test_rates_stand_beside_their_counts():
    eer, tenth, *_ = point_figures(scores())
    assert (eer.fmr.value, eer.fmr.errors, eer.fmr.pairs) == (0.4, 2, 5)
    assert (eer.fnmr.value, eer.fnmr.errors, eer.fnmr.pairs) == (0.2, 1, 5)  # a score of the threshold is a match
    assert (tenth.fmr.value, tenth.fnmr.value) == (0.2, 0.4)
    curve = curve_figures(scores())
    assert curve["equal error"].value == pytest.approx(4 / 15)
    assert (curve["FNMR at FMR 10 %"].value, curve["FNMR at FMR 10 %"].errors) == (1.0, 5)


def test_fewer_than_30_expected_false_matches_are_too_few():
    draw = np.random.default_rng(0)
    many = scores(draw.normal(2, 1, (1, 300)), draw.normal(0, 1, (1, 3000)))
    few = {name: figure.few for name, figure in curve_figures(many).items()}
    assert few == {
        "ROC area": False,
        "equal error": False,
        "FNMR at FMR 10 %": False,
        "FNMR at FMR 1 %": False,
        "FNMR at FMR 0.1 %": True,
    }
    assert [point.fmr.few for point in point_figures(many)] == [False, False, False, True]


def test_a_failure_to_acquire_raises_fnmr_and_no_fmr_and_counts_in_no_cost():
    failed = -np.inf
    some, without = scores([[1, 2, 4, 4, failed]], [[0, 0, 0, failed, 5]]), scores([[1, 2, 4, 4]], [[0, 0, 0, 5]])
    for one, other in zip(point_figures(some), point_figures(without), strict=True):
        assert one.fnmr.errors == other.fnmr.errors + 1
        assert one.fmr.errors == other.fmr.errors
    for name, figure in cost_figures(some).items():
        assert figure.value == pytest.approx(cost_figures(without)[name].value)


def test_ratios_of_0_cost_1_bit():
    found = cost_figures(scores())
    assert (found["Cllr"].value, found["calibration error"].value) == (1.0, 0.0)
    assert found["minCllr"].value < 1
    assert "Cllr" not in cost_figures(scores(chosen=()))


def test_figures_of_several_trainings_are_means_and_counts_sums():
    twice = scores([SAME[0], [6, 6, 6, 6, 6]], [DIFFERENT[0], [0] * 5], (FIXED, FIXED))
    eer = point_figures(twice)[0]
    assert (eer.fmr.value, eer.fmr.errors, eer.fmr.pairs, eer.thresholds) == (0.2, 2, 10, (2.0, 2.0))
    assert curve_figures(twice)["ROC area"].value == pytest.approx((1 + curve_figures(scores())["ROC area"].value) / 2)


def test_intervals_hold_their_figures_and_those_of_a_kind_count_its_pairs_alone():
    draw = np.random.default_rng(1)
    classes, others = draw.integers(0, 12, 200), draw.integers(0, 12, (200, 2))
    others[:, 1] = (others[:, 0] + 1 + others[:, 1] % 11) % 12
    same, different = draw.normal(3, 1, (1, 200)), draw.normal(0, 1, (1, 200))
    one = scores(same, different, (choose(same[0], different[0]),), (classes, others))
    figures = [*curve_figures(one).values(), *cost_figures(one).values()]
    figures += [rate for point in point_figures(one) for rate in (point.fmr, point.fnmr)]
    assert all(figure.interval.low <= figure.value <= figure.interval.high for figure in figures)
    none = point_figures(scores(same + 9, different, (FIXED,), (classes, others)))[0].fnmr
    assert (none.value, none.interval.high) == (0, pytest.approx(2.776**2 / (200 + 2.776**2), rel=1e-3))  # Wilson's


def test_writers_with_scores_of_their_own_range_have_no_error_at_own_thresholds():
    own = np.array([0, 0, 1, 1])
    plain = scores([[1, 1, 5, 5]], [[0, 0, 4, 4]], sides=(own, np.stack([own, own], 1)))
    both = replace(plain, forged=np.ones(4, bool))
    found = curve_figures(both)
    assert found["equal error"].value > 0.2
    assert (found[OWN].value, found[OWN].interval.n) == (0, 2)
    worse = replace(both, same=[[1, 1, 5, 5], [0, 1, 5, 4], [1, 1, 5, 4]], different=[[0, 0, 4, 4]] * 3)
    worse = replace(worse, same=np.array(worse.same), different=np.array(worse.different))
    each = [[0, 0], [1 / 3, 1 / 3], [0, 1 / 3]]  # by training and writer: another training counts too
    assert curve_figures(worse)[OWN].interval.half == pytest.approx(crossed_interval(each).half)
    assert OWN not in curve_figures(plain) | curve_figures(replace(both, forged=np.arange(4) > 0))


def test_a_figure_that_a_fold_lacks_is_no_figure_of_the_folds():
    folds = [{"rank-1": Figure(0.5), "rank-5": Figure(0.9)}, {"rank-1": Figure(0.7)}]
    for found in (folds, folds[::-1]):
        assert {name: one.value for name, one in over_folds(found).items()} == {"rank-1": pytest.approx(0.6)}
