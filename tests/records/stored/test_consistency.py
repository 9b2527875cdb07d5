"""Stored answers that do not agree with each other or with their record are refused."""

import random

import pytest

from fewshot.records.answers import ClassCounts, PairClasses, rounded, trials_of
from fewshot.records.stored.consistency import check_answers, check_pairs

RUNS = [[4, 0, 2], [1, 3, 5], [2, 4, 0]]  # classes of seven, of which 6 is in no trial


def drawn(seed: int) -> list[list[list[float]]]:
    """Scores of few values, so that many tie."""
    draw = random.Random(seed)
    return [[[float(draw.randrange(3)) for _ in run] for _ in range(6)] for run in RUNS]


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


def test_counts_of_millions_of_queries_agree_though_their_last_digits_are_rounded():
    asked, right = 2_333_366, 2_333_365.5  # one tie: with six digits more right answers than queries
    counts = ClassCounts(2, False, [asked] * 2, rounded([right] * 2), rounded([2 * right] * 2), [(0, 1, 0.5)])
    assert counts.right[0] > asked
    check_answers(counts, 2, [right / asked])


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
