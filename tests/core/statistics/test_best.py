"""Stars: kept by the best and by its equals, lost by the others."""

import numpy as np
import pytest
from scipy import stats

from fewshot.core.errors import RequestError
from fewshot.core.statistics.best import _normal, _over_degrees, among_best


def tables(methods: int, trainings: int, units: int, seed: int, apart: float = 0.0) -> list[np.ndarray]:
    """Values of methods of one true mean; their training variances' logarithms have this deviation."""
    draw = np.random.default_rng(seed)
    unit = draw.normal(0, 2, units)
    size = np.exp(draw.normal(0, apart / 2, methods)) if trainings > 1 else np.zeros(methods)
    parts = ((trainings, 1), (1, units), (trainings, units))
    scales = ((one, 1, 2) for one in size)
    return [unit + sum(s * draw.normal(size=p) for s, p in zip(scale, parts, strict=True)) for scale in scales]


def test_two_networks_are_told_apart_by_students_one_sided_test():
    lost = 0
    for seed in range(200):
        ours, theirs = tables(2, 1, 8, seed)
        p = stats.ttest_rel(ours[0], theirs[0], alternative="less").pvalue
        lost += p < 0.05
        if abs(p - 0.05) > 0.01:
            assert among_best([ours, theirs])[0] == (p > 0.05)
    assert lost


@pytest.mark.parametrize(("methods", "trainings", "units", "apart"), [(3, 3, 20, 0.0), (10, 3, 10, 0.7)])
def test_equals_keep_their_stars_and_one_that_is_far_worse_loses_its_own(methods, trainings, units, apart):
    kept, caught = [], []
    for seed in range(60):
        equal = tables(methods, trainings, units, seed, apart)
        kept.append(among_best(equal)[0])
        worse = [equal[0] - 4 * np.sqrt(2 / trainings + 2 / units + 8 / (trainings * units)), *equal[1:]]
        caught.append(not among_best(worse)[0])
    assert np.mean(kept) >= 0.85  # 60 tables at 94 %, less four standard errors
    assert np.mean(caught) >= 0.7


def test_the_highest_mean_always_has_a_star_and_units_are_paired():
    common = 100 * np.random.default_rng(0).normal(size=30)
    noise = np.random.default_rng(1).normal(size=(3, 2, 30))
    assert among_best([common + 2 + noise[0], common + noise[1], common + 2.1 + noise[2]]) == [True, False, True]


def test_seeds_may_differ_in_number_and_methods_without_training_have_one():
    equal = tables(3, 5, 20, 4)
    assert among_best([equal[0], equal[1][:2], equal[2][:1]]) == [True, True, True]
    assert among_best([equal[0], equal[1][:2], equal[2][:1] - 50]) == [True, True, False]


def test_a_lucky_training_does_not_take_the_stars_of_methods_with_more():
    """Training is all that varies: one seed above the mean of three others is chance, unless it stands for itself."""
    draw, lost = np.random.default_rng(0), {False: 0, True: 0}
    for _ in range(60):
        base = draw.normal(size=20)
        three = base + draw.normal(size=(3, 1)) + draw.normal(0, 0.2, (3, 20))
        others = [base + draw.normal(size=(3, 1)) + draw.normal(0, 0.2, (3, 20)) for _ in range(2)]
        once = base + draw.normal(size=(1, 1)) + draw.normal(0, 0.2, (1, 20))
        for known in lost:
            lost[known] += not among_best([three, *others, once], [True] * 4 if known else ())[3]
    assert lost[True] <= 6 < lost[False]


def test_methods_that_do_not_differ():
    one = np.random.default_rng(0).random((1, 9))
    assert among_best([one]) == [True]
    assert among_best([one, one, one]) == [True, True, True]
    assert among_best([one, one + 0.01]) == [False, True]  # by the same on every unit
    assert among_best([one[:, :2], one[:, :2] + 0.01]) == [True, True]  # of two units, which agree by chance


def test_stars_need_the_same_units():
    with pytest.raises(RequestError, match=r"same units: got \[8, 9\]"):
        among_best([np.zeros((1, 8)), np.zeros((1, 9))])


def test_draws_have_their_distribution_and_differ_between_columns():
    normal, chance = _normal(2), _over_degrees(np.array([2.0, 7.0, 0.0]), seed=0)
    assert stats.kstest(normal[:, 0], "norm").pvalue > 0.99
    assert abs(np.corrcoef(normal.T)[0, 1]) < 0.1
    assert stats.kstest(7 * chance[:, 1], stats.chi2(7).cdf).pvalue > 0.99
    assert (chance[:, 2] == 1).all()


def test_trainings_of_equal_means_are_no_certainty():
    draw = np.random.default_rng(6)
    for _ in range(50):
        units = draw.integers(14, 20, 10)
        found = [np.array([units + draw.integers(-3, 4, 10)] * 2) / 20 for _ in range(2)]
        for one in found:
            one[1] = one[1][::-1]  # two trainings of one mean, so that their variance is 0
        best = max(found, key=np.mean)
        shortfall = best.mean() - min(one.mean() for one in found)
        error = np.std(found[0].mean(0) - found[1].mean(0), ddof=1) / 10**0.5
        if 0 < shortfall < error:
            assert among_best(found) == [True, True]
