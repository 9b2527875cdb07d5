"""Answers by class, and the scores of official trials."""

import random
from collections import Counter
from fractions import Fraction

import pytest

from fewshot.records.answers import MOST, PairClasses, check_answers, check_pairs, commonest, rounded, trials_of

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


DAMAGED = {
    "classes": lambda one: one.classes[0].append(1),
    "scores": lambda one: one.scores[0][1].pop(),
    "queries": lambda one: (one.scores[0].pop(), one.answered[0].pop()),
    "runs": lambda one: one.scores.pop(),
    "number": lambda one: one.classes.__setitem__(0, [7, 0, 2]),
    "answer": lambda one: one.answered[1].__setitem__(0, 0),
    "infinite": lambda one: one.scores[0][0].__setitem__(0, float("inf")),
    "right": lambda one: (one.scores[2].__setitem__(0, [9, 0, 0]), one.answered[2].__setitem__(0, 2)),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_trials_that_disagree_are_refused(damage):
    trials = trials_of([[*run] for run in RUNS], drawn(1))
    accuracy = trials.accuracy()
    DAMAGED[damage](trials)
    with pytest.raises(ValueError, match="expected"):
        check_answers(trials, 7, accuracy)


FALSE = {
    "short": lambda one: one.asked.pop(),
    "right": lambda one: one.right.__setitem__(4, one.asked[4] + 1),
    "negative": lambda one: one.right.__setitem__(6, -1),
    "mean": lambda one: one.asked.__setitem__(6, 3),
    "beside": lambda one: one.beside.__setitem__(0, one.beside[0] + 1),
    "order": lambda one: one.confusions.reverse(),
    "itself": lambda one: one.confusions.append((6, 6, 0.001)),
    "number": lambda one: one.confusions.append((1, 7, 0.001)),
    "no number": lambda one: one.confusions.append((1, 2.0, 0.001)),
    "none": lambda one: one.confusions.append((1, 3, 0)),
    "too often": lambda one: one.confusions.insert(0, (6, 2, 9)),
}


@pytest.mark.parametrize("damage", FALSE)
def test_counts_that_disagree_are_refused(damage):
    trials = trials_of(RUNS, drawn(1))
    counts = trials.counts(7)
    FALSE[damage](counts)
    with pytest.raises(ValueError, match="expected"):
        check_answers(counts, 7, trials.accuracy())


@pytest.mark.parametrize("pairs", [([0], [(0, 1)]), ([0, 1], [(0, 1), (2, 2)]), ([0, 3], [(0, 1), (1, 2)])])
def test_classes_of_pairs_that_disagree_are_refused(pairs):
    check_pairs(PairClasses([0, 1], [(0, 1), (2, 1)]), 3, 2, 2)
    with pytest.raises(ValueError, match="expected"):
        check_pairs(PairClasses(*pairs), 3, 2, 2)


def test_a_forgery_is_a_different_pair_of_one_class_in_a_list_alone():
    forged = PairClasses([0, 1], [(0, 1), (2, 2)])
    check_pairs(forged, 3, 2, 2, named=True)
    with pytest.raises(ValueError, match="different pairs of two classes"):
        check_pairs(forged, 3, 2, 2)
