"""Intervals over trainings and units, against scipy and by hand."""

import numpy as np
import pytest
from scipy import stats

from fewshot.core.errors import RequestError
from fewshot.core.statistics.crossed import (
    Spread,
    crossed_difference,
    crossed_interval,
    difference_of,
    paired_difference,
    spread,
)
from fewshot.core.statistics.intervals import t_interval


def effects(seed: int, trainings: int, units: int, scale=(1.0, 1.0, 1.0)) -> np.ndarray:
    draw = np.random.default_rng(seed)
    shapes = ((trainings, 1), (1, units), (trainings, units))
    return sum(size * draw.normal(size=shape) for size, shape in zip(scale, shapes, strict=True))


def test_the_parts_are_mean_squares_over_the_number_of_values():
    """Two trainings on three units: grand mean 4, means of trainings 3 and 5, of units 2, 4, 6, and rest ±1, 0."""
    values = [[0, 3, 6], [4, 5, 6]]
    found = spread(values)
    assert found.training == pytest.approx(6 / 6)  # MS 3 · 2, over 6 values
    assert found.unit == pytest.approx(8 / 6)  # MS 2 · 4
    assert found.rest == pytest.approx(2 / 6)  # MS 4 / 2
    assert found.variance == pytest.approx(1 + 8 / 6 - 2 / 6)
    expected = found.variance**2 / (1 / 1 + (8 / 6) ** 2 / 2 + (2 / 6) ** 2 / 2)
    assert found.degrees == pytest.approx(expected)
    half = stats.t.ppf(0.975, expected) * np.sqrt(found.variance)
    assert crossed_interval(values).half == pytest.approx(half)


def test_one_training_has_students_interval_over_its_units():
    values = effects(0, 1, 9)
    found, expected = crossed_interval(values), t_interval(values[0])
    assert (found.mean, found.half, found.n) == pytest.approx((expected.mean, expected.half, 9))


def test_the_variance_is_at_least_that_of_either_side():
    """With no difference between units the rest is as large as they are, and the trainings alone count."""
    values = effects(3, 3, 200, (1.0, 0.0, 0.1))
    found = spread(values)
    assert found.training + found.unit - found.rest < found.training
    assert (found.variance, found.degrees) == (found.training, 2)
    found = spread(values.T)
    assert (found.variance, found.degrees) == (found.unit, 2)


def test_trainings_that_disagree_widen_a_difference():
    """Three seeds that differ by +0.3, −2.0 and −4.4 on every unit are no finding, whatever the units say."""
    ours = np.array([[0.3], [-2.0], [-4.4]]) + effects(1, 3, 400, (0, 0, 0.1))
    found, p = crossed_difference(ours, effects(2, 1, 400, (0, 0, 0.1)))
    assert found.mean == pytest.approx(-2.03, abs=0.05)
    assert found.half == pytest.approx(5.9, abs=0.1)
    assert p > 0.05


def test_a_difference_whose_rest_is_large_has_the_degrees_of_its_trainings():
    """The trainings' part is the largest, and that of the rest exceeds that of the units: two degrees, not many."""
    ours = np.array([[0.9, 0.5, 0.7], [0.5, 0.9, 0.76]])
    found, p = crossed_difference(ours, (ours.mean(0) - 0.05)[None])
    part = spread(ours).training
    assert found.half == pytest.approx(stats.t.ppf(0.975, 1) * np.sqrt(part))
    assert p == pytest.approx(2 * stats.t.sf(0.05 / np.sqrt(part), 1))


def test_a_difference_has_satterthwaites_degrees():
    """Of two trainings and three: their own parts, that of the units, and less that of the rest, by their degrees."""
    ours, theirs = np.array([[0, 3, 6], [4, 5, 6]]), np.array([[0, 1, 1], [2, 2, 1], [4, 3, 4]])
    each = [spread(ours), spread(theirs)]
    unit = (ours.mean(0) - theirs.mean(0)).var(ddof=1) / 3
    parts = np.array([each[0].training, each[1].training, unit, -each[0].rest, -each[1].rest])
    assert parts.sum() > max(unit, parts[:2].sum())
    degrees = parts.sum() ** 2 / (parts**2 / [1, 2, 2, 2, 4]).sum()
    found, p = crossed_difference(ours, theirs)
    assert found.half == pytest.approx(stats.t.ppf(0.975, degrees) * np.sqrt(parts.sum()))
    assert p == pytest.approx(2 * stats.t.sf(found.mean / np.sqrt(parts.sum()), degrees))


def test_degrees_are_one_at_least():
    """Where the rest takes most of two trainings' and two units' parts off, the formula has fewer."""
    near = Spread(1.0, 0.9, 0.85, 2, 2)
    assert near.variance > 1.0
    assert near.degrees == 1.0
    found, _ = difference_of(0.1, Spread(0.0, 0.9, 0.0, 1, 2), [near], 2)
    assert found.half == pytest.approx(stats.t.ppf(0.975, 1) * np.sqrt(1.05))


def test_a_difference_of_single_trainings_is_the_paired_test():
    ours, theirs = effects(5, 1, 12), effects(6, 1, 12)
    found, p = crossed_difference(ours, theirs)
    assert p == pytest.approx(stats.ttest_rel(ours[0], theirs[0]).pvalue)
    assert found.half == pytest.approx(t_interval(ours[0] - theirs[0]).half)


def test_a_difference_pairs_the_units_and_changes_its_sign_with_its_sides():
    common = 50 * effects(7, 1, 30)
    ours, theirs = common + effects(8, 3, 30, (0.1, 0.1, 1)), common + effects(9, 5, 30, (0.1, 0.1, 1))
    (one, p), (other, same) = crossed_difference(ours, theirs), crossed_difference(theirs, ours)
    assert one.half == pytest.approx(other.half)
    assert (one.mean, p) == pytest.approx((-other.mean, same))
    assert one.half < crossed_interval(ours).half / 10


def test_values_that_do_not_vary():
    assert crossed_interval([[0.5, 0.5], [0.5, 0.5]]).half == 0
    assert crossed_difference([[0.5, 0.5]], [[0.5, 0.5]])[1] == 1
    assert crossed_difference([[0.5, 0.5]], [[0.25, 0.25]])[1] == 1 / 2  # two units agree by chance every other time
    rounded = crossed_difference([[0.9, 0.8] * 5] * 3, [[0.8, 0.7] * 5] * 3)  # not quite 0.1 each
    assert (rounded[0].half, rounded[1]) == (0, 1 / 512)


def test_one_unit_says_nothing_of_others():
    assert crossed_interval([[0.5], [0.6]]).half == np.inf
    assert crossed_difference([[0.9]], [[0.1]])[1] == 1


@pytest.mark.parametrize("wrong", [[0.5, 0.5], [[]], [[0.5, np.nan]], []])
def test_other_values_are_refused(wrong):
    with pytest.raises(RequestError, match=r"expected finite numbers \[training unit\], got"):
        crossed_interval(wrong)


def test_a_difference_needs_the_same_units():
    with pytest.raises(RequestError, match="same units: got 3 and 4"):
        crossed_difference(effects(0, 1, 3), effects(0, 1, 4))


def test_the_same_networks_are_paired_by_training_too():
    draw = np.random.default_rng(0)
    networks, more = draw.normal(0.8, 0.03, (5, 1)) + draw.normal(0, 0.02, 20), draw.normal(0.01, 0.005, (5, 20))
    paired, p = paired_difference(networks + more, networks)
    apart, other = crossed_difference(networks + more, networks)
    assert paired.mean == pytest.approx(apart.mean)
    assert paired.half == pytest.approx(crossed_interval(more).half)
    assert paired.half < apart.half / 5
    assert p < 0.001 < other
    (one, only), two = paired_difference(networks[:1] + more[:1], networks[:1]), stats.ttest_1samp(more[0], 0)
    assert (one.half, only) == (pytest.approx(t_interval(more[0]).half), pytest.approx(two.pvalue))
    same, equal = paired_difference(networks, networks)
    assert (same.mean, same.half, equal) == (0, 0, 1)
    alone, none = paired_difference(networks[:, :1] + 0.1, networks[:, :1])
    assert (alone.mean, alone.half, none) == (pytest.approx(0.1), np.inf, 1)
    with pytest.raises(RequestError, match="same trainings and units"):
        paired_difference(networks, networks[:3])
