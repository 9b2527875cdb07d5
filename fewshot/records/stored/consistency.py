"""Checks that the stored answers of an evaluation agree with each other and with their record."""

from collections.abc import Sequence
from itertools import chain
from operator import ne

import numpy as np

from fewshot.records.answers import Answers, ClassCounts, Identified, PairClasses, PairList, Trials, first_best
from fewshot.records.stored.values import check_numbers, check_whole

NEAR = 2e-5  # relative error of a sum of numbers of six digits


def check_answers(answers: Answers, classes: int, accuracy: Sequence[float]) -> None:
    """Raise `ValueError` where answers disagree with the number of classes, with themselves or with the accuracies."""
    _expect(len(accuracy) > 0 and classes > 1, "classes and episodes")
    (_check_trials if isinstance(answers, Trials) else _check_counts)(answers, classes, accuracy)


def check_pairs(pairs: PairClasses, classes: int, same: int, different: int, *, named: bool = False) -> None:
    """Raise `ValueError` for classes that are not those of so many pairs, or not of a record with so many classes.

    Of different pairs only `named` ones may have one class twice, as a forgery and what it pretends to be have.
    """
    _expect((len(pairs.same), len(pairs.different)) == (same, different), "the classes of every pair")
    two = {*map(len, pairs.different)} <= {2} and (named or all(one != other for one, other in pairs.different))
    _expect(two, "different pairs of two classes")
    check_whole("classes of pairs", [*pairs.same, *chain(*pairs.different)], classes)


def check_list(notes: PairList) -> None:
    """Raise `ValueError` for folds and roles that are no texts, and for failures that no pairs have."""
    _expect({*map(type, (*notes.folds, *notes.roles))} <= {str}, "folds and roles of named pairs as texts")
    _expect(notes.failed.keys() <= {"same", "different"}, "failures of same and of different pairs")
    check_whole("failed", [*notes.failed.values()], 2**31)


def check_identified(found: Identified, classes: int) -> None:
    """Raise `ValueError` where probes disagree with the number of classes or with themselves."""
    check_whole("references and identities", [found.references, found.identities], 2**31)
    check_whole("probes", found.probes, 2**31)
    probes = sum(found.probes)
    there = len(found.probes) == classes and sum(map(bool, found.probes)) <= found.identities <= classes
    _expect(there and found.references > 0 and found.identities > 1, "identities among the classes")
    lengths = {*map(len, (found.rank, found.own, found.other))}
    _expect(probes > 0 and lengths == {probes}, "a rank and two scores of each probe")
    check_whole("rank", [one - 1 for one in found.rank], found.identities)
    for values in (found.own, found.other):
        check_numbers("scores of probes", values)
    pairs = zip(found.rank, found.own, found.other, strict=True)
    _expect(all(own >= other if rank == 1 else own <= other for rank, own, other in pairs), "ranks by score")


def _check_trials(trials: Trials, classes: int, accuracy: Sequence[float]) -> None:
    _expect(len(trials.classes) == len(trials.scores) == len(accuracy), "the trials of each run")
    rows = [row for rows in trials.scores for row in rows]
    way = len(trials.classes[0])
    _expect(way > 1 and {len(one) for one in (*trials.classes, *rows)} == {way}, "a score of each candidate of a trial")
    _expect(all(rows and len(rows) % way == 0 for rows in trials.scores), "as many trials of each class of a run")
    check_numbers("scores", [*chain(*rows)])
    check_whole("classes", [*chain(*trials.classes)], classes)
    _expect(trials.answered == first_best(trials.classes, trials.scores), "the answers that score best")
    both = zip(trials.accuracy(), accuracy, strict=True)
    _expect(all(abs(found - given) < 1e-6 for found, given in both), "trials that add up to the accuracy")


def _check_counts(counts: ClassCounts, classes: int, accuracy: Sequence[float]) -> None:
    lists = (counts.asked, counts.right, counts.beside)
    _expect({*map(len, lists)} == {classes}, f"counts of {classes} classes")
    _expect(type(counts.way) is int and counts.way > 1 and type(counts.one_group) is bool, "classes of a task")
    _expect({int, float}.issuperset(map(type, chain(*lists))), "numbers of queries")
    asked, right, beside = table = np.array(lists, float)
    most = (1 + NEAR) * asked  # of a million queries, the last digit is rounded
    within = (right >= 0) & (right <= np.minimum(most, beside)) & (beside <= counts.way * most)
    _expect(within.all(), "no more right answers than queries")
    all_asked, all_right, all_beside = table.sum(1)
    share = sum(accuracy) / len(accuracy)
    adds_up = all_asked > 0 and abs(all_right - share * all_asked) <= NEAR * all_asked
    _expect(adds_up, "counts that add up to the accuracy")
    each = abs(all_beside - counts.way * all_right) <= NEAR * counts.way * all_asked
    _expect(each, "each task beside each of its classes")
    if not counts.confusions:
        return
    true, answered, times = zip(*counts.confusions, strict=True)
    check_whole("confusions", [*true, *answered], classes)
    _expect({int, float}.issuperset(map(type, times)), "numbers of confusions")
    _expect([*times] == sorted(times, reverse=True) and times[-1] > 0, "the commonest confusions first")
    left = asked - right - np.bincount(true, times, classes)
    apart = all(map(ne, true, answered))
    _expect(apart and (left > -NEAR * asked - NEAR).all(), "no more confusions than errors")


def _expect(holds: bool | np.bool, expected: str) -> None:
    if not holds:
        raise ValueError(f"answers: expected {expected}")
