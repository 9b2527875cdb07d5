"""Answers by class, and the scores of official trials."""

import random
from collections import Counter
from fractions import Fraction

import pytest

from fewshot.records.answers import MOST, commonest, rounded, trials_of
from fewshot.records.stored.consistency import check_answers

RUNS = [[4, 0, 2], [1, 3, 5], [2, 4, 0]]  # classes of seven, of which 6 is in no trial


def drawn(seed: int, queries: int = 6) -> list[list[list[float]]]:
    """Scores of few values, so that many tie."""
    draw = random.Random(seed)
    return [[[float(draw.randrange(3)) for _ in run] for _ in range(queries)] for run in RUNS]


@pytest.mark.parametrize("seed", range(5))
def test_counts_of_trials_are_those_of_plain_loops(seed):
    trials = trials_of(RUNS, scores := drawn(seed))
    asked, right, beside, wrong = [0] * 7, [Fraction()] * 7, [Fraction()] * 7, Counter()
    shares = [Fraction()] * 3
    for place, (run, rows) in enumerate(zip(RUNS, scores, strict=True)):
        for number, row in enumerate(rows):
            true = run[number // 2]
            best = [one for one, score in zip(run, row, strict=True) if score == max(row)]
            asked[true] += 1
            for one in best:
                share = Fraction(1, len(best))
                if one == true:
                    right[true] += share
                    shares[place] += share / 6
                    for other in run:
                        beside[other] += share
                else:
                    wrong[true, one] += share
    found = trials.counts(7)
    assert (found.way, found.one_group, found.asked) == (3, True, asked)
    assert found.right == pytest.approx([float(one) for one in right], rel=1e-5)
    assert found.beside == pytest.approx([float(one) for one in beside], rel=1e-5)
    assert {(one, other): times for one, other, times in found.confusions} == pytest.approx(
        {pair: float(times) for pair, times in wrong.items()}, rel=1e-5
    )
    assert trials.accuracy() == pytest.approx([float(share) for share in shares])
    check_answers(trials, 7, trials.accuracy())
    check_answers(found, 7, trials.accuracy())


def test_scores_keep_five_digits_or_as_many_as_tell_the_best_apart():
    near = [0.123456789, 0.12345678, -1234.5678], [0.25, 0.25, 1e-9], [1 / 3, 0.2, 1e20]
    (found,) = trials_of([[0, 1, 2]], [near]).scores
    assert found == [[0.123456789, 0.12345678, -1234.5678], [0.25, 0.25, 1e-9], [0.33333, 0.2, 1e20]]
    assert trials_of([[0, 1, 2]], [near]).answered == [[0, 0, 2]]
    assert trials_of([[0, 1, 2]], [[[1 + 1e-15, 1, 1 + 2e-15]] * 3]).answered == [[2] * 3]


def test_the_commonest_confusions_come_first_and_no_more_than_most():
    wrong = {(one, other): one % 7 + 1 / 3 for one in range(60) for other in range(60) if one != other}
    found = commonest(wrong)
    assert len(found) == MOST < len(wrong)
    assert found == sorted(found, key=lambda one: (-one[2], one[:2]))
    assert found[0] == (6, 0, 6.33333)
    assert min(times for *_, times in found) >= sorted(round(times, 5) for times in wrong.values())[-MOST]


def test_counts_keep_six_digits_and_whole_ones_all():
    assert rounded([0.0, 2 / 3, 1234567.0, 12345.678, 1 - 1e-9]) == [0, 0.666667, 1234567, 12345.7, 1]
    assert [type(one) for one in rounded([3.0, 1 - 1e-9, 0.5])] == [int, int, float]
