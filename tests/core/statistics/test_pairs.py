"""Intervals of pairs over identities: against loops, Wilson's own interval, and cases that can be counted."""

import numpy as np
import pytest
from scipy import stats

from fewshot.core.errors import RequestError
from fewshot.core.statistics.crossed import crossed_interval, spread
from fewshot.core.statistics.influences import area_of_pairs, mean_of_same, share_of_pairs
from fewshot.core.statistics.intervals import Interval
from fewshot.core.statistics.pairs import Identities
from fewshot.core.statistics.ranks import rank

NONE = np.zeros((1, 0))


def test_the_variance_sums_products_of_all_pairs_that_share_an_identity():
    """Against loops over pairs of pairs; 30 pairs of 6 identities, where one or two may be shared."""
    draw = np.random.default_rng(1)
    same, different = draw.integers(6, size=12), np.array([draw.permutation(6)[:2] for _ in range(18)])
    found = share_of_pairs(draw.normal(size=(1, 12)) + same, draw.normal(size=(1, 18)) + different.sum(1))
    sets = [{one} for one in same.tolist()] + [{*both} for both in different.tolist()]
    meet = np.array([[bool(one & other) for other in sets] for one in sets])
    scale = [1 / np.sqrt(1 - meet[kind, kind].mean()) for kind in (slice(12), slice(12, None))]
    each = found.influences[0] * np.repeat(scale, (12, 18))
    variance, degrees = Identities(same, different)._variance(found.influences[0])
    assert variance == pytest.approx(each @ meet @ each)
    assert 1 < degrees < 5


def test_a_pair_for_each_identity_has_wilsons_interval():
    right = np.arange(400)[None] % 10 > 0
    found = Identities(range(400), []).interval(share_of_pairs(right, NONE))
    expected = stats.binomtest(360, 400).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-3)
    assert (found.mean, found.half, found.n) == pytest.approx((0.9, (found.high - found.low) / 2, 400))


def test_pairs_with_identities_of_their_own_have_the_crossed_spread():
    right = np.random.default_rng(5).random((3, 60)) < 0.8
    found = Identities(range(60), [])._spread(share_of_pairs(right, np.zeros((3, 0))))
    expected = spread(right.astype(float))
    assert (found.training, found.unit, found.rest) == pytest.approx((expected.training, expected.unit, expected.rest))


def test_a_cost_has_students_interval():
    cost = np.random.default_rng(0).gamma(1, 2, (1, 30))
    people, figure = Identities(range(30), []), mean_of_same(cost, 0)
    half = stats.t.ppf(0.975, people._spread(figure).degrees) * cost.std(ddof=1) / 30**0.5
    assert people.symmetric(figure).half == pytest.approx(half)


def test_pairs_that_repeat_their_identity_are_no_more_than_one():
    right = np.arange(40)[None] % 4 > 0
    once = Identities(range(40), []).interval(share_of_pairs(right, NONE))
    often = Identities(np.repeat(range(40), 50), []).interval(share_of_pairs(np.repeat(right, 50, 1), NONE))
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=0.003)


def test_the_names_and_order_of_identities_do_not_matter():
    draw = np.random.default_rng(2)
    different = np.array([draw.permutation(9)[:2] for _ in range(60)])
    right = share_of_pairs(NONE, draw.random((1, 60)) < 0.8)
    one, other = (
        Identities([], different).interval(right),
        Identities([], 7000 - 3 * different[:, ::-1]).interval(right),
    )
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_groups_that_hold_both_identities_count_once():
    right = np.random.default_rng(4).random((1, 60)) < 0.7
    group = np.arange(60) % 12
    of_same = Identities(group, []).interval(share_of_pairs(right, NONE))
    of_different = Identities([], np.stack([group, group], 1)).interval(share_of_pairs(NONE, right))
    assert (of_same.low, of_same.high) == pytest.approx((of_different.low, of_different.high))


def test_trainings_that_disagree_widen_the_interval():
    right = np.random.default_rng(5).random((3, 500)) < 0.8
    people, none = Identities(np.arange(500) % 50, []), np.zeros((3, 0))
    alike = people.interval(share_of_pairs(right, none))
    apart = people.interval(share_of_pairs(right & (np.arange(500) >= np.array([[0], [100], [200]])), none))
    assert apart.half > 3 * alike.half


def test_few_errors_and_none():
    """Without any: 2.776²/1,000, of Student's quantile of four degrees; errors of one person tell less than of four."""
    people = Identities(np.arange(1000) % 100, [])
    wrong = np.zeros((1, 1000))
    none = people.interval(share_of_pairs(wrong, NONE))
    assert (none.low, none.high) == pytest.approx((0, 0.00765), abs=1e-5)
    wrong[0, [5, 105, 205, 305]] = 1
    of_one = people.interval(share_of_pairs(wrong, NONE))
    of_four = Identities(np.arange(1000) // 10, []).interval(share_of_pairs(wrong, NONE))
    assert none.high < of_four.high < of_one.high


def test_two_identities_say_nothing_of_others():
    scores = np.arange(6.0)[None]
    found = Identities([0, 1] * 3, [(0, 1)] * 6).interval(area_of_pairs(rank(scores + 3, scores)))
    assert (found.low, found.high, found.half, found.n) == (0, 1, 0.5, 2)


def test_values_of_identities_have_the_figure_and_its_spread():
    """Same-class pairs alone: as many values as identities, with Student's interval of as many means."""
    draw = np.random.default_rng(6)
    right = draw.random((3, 400)) < draw.random(20)[np.arange(400) % 20]
    figure = share_of_pairs(right, np.zeros((3, 0)))
    values = Identities(np.arange(400) % 20, []).values(figure)
    assert values == pytest.approx(right.reshape(3, 20, 20).mean(1))
    assert crossed_interval(values).mean == pytest.approx(figure.values.mean())


def test_a_difference_pairs_identities_and_counts_the_noise_of_pairs_once():
    """Two methods, 40 people who are as hard for both: the difference covers 0, and p is uniform."""
    draw, held, p_values = np.random.default_rng(8), [], []
    for _ in range(150):
        identity = np.array([draw.permutation(40)[:2] for _ in range(300)])
        hard = draw.normal(size=40)[identity].sum(1)
        ours, theirs = (share_of_pairs(NONE, hard + draw.normal(size=(1, 300)) > 0) for _ in range(2))
        people = Identities([], identity)
        found, p = people.difference(ours, theirs)
        held.append(abs(found.mean) <= found.half)
        p_values.append(p)
        assert (p < 0.05) == (abs(found.mean) > found.half)
        assert found.half < people.interval(ours).half
    assert 0.9 <= np.mean(held) <= 0.99
    assert 0.4 < np.mean(p_values) < 0.6


def test_a_difference_from_itself_and_of_trainings_that_disagree():
    right = np.random.default_rng(9).random((3, 400)) < 0.8
    people, none = Identities(np.arange(400) % 40, []), np.zeros((3, 0))
    one = share_of_pairs(right, none)
    apart = share_of_pairs(right & (np.arange(400) >= np.array([[0], [100], [200]])), none)
    first = share_of_pairs(right[:1], NONE)
    assert people.difference(first, first) == (Interval(0.0, 0.0, 40), 1.0)
    assert people.difference(one, apart)[0].half > 3 * people.difference(one, first)[0].half


@pytest.mark.parametrize("wrong", [([], []), ([[0, 1]], [])])
def test_other_shapes_are_refused(wrong):
    with pytest.raises(RequestError, match=r"expected identities \[pair\] and \[pair 2\]"):
        Identities(*wrong)
