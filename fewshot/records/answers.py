"""The answers of an evaluation: counts by class for drawn episodes, and the scores of official trials."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import ne

import numpy as np

from fewshot.records.stored.values import check_numbers, check_whole

MOST = 2000  # confusions that are kept of one kind of task
NEAR = 2e-5  # relative error of a sum of numbers of six digits
DIGITS = (5, 9, 17)  # of a trial's scores: 9 tell any two float32 apart, 17 any two float64
Row = Sequence[float]  # the scores of one query


@dataclass(frozen=True)
class ClassCounts:
    """Answers to one kind of task, by class in the order of the record's `classes`; tied answers share a query.

    `asked` counts the queries of each class and `right` the right answers to them, so that the mean accuracy is the
    sum of `right` over that of `asked`. `beside` counts the right answers to all queries of the tasks that hold the
    class. `confusions` are wrong answers as (true class, answered class, times), the commonest first, at most `MOST`.
    With `one_group`, all classes of a task are of one group. A task of an open set counts as one query of each of its
    classes, right by the task's figure.
    """

    way: int
    one_group: bool
    asked: list[int]
    right: list[float]
    beside: list[float]
    confusions: list[tuple[int, int, float]]


@dataclass(frozen=True)
class Trials:
    """Answers to official trials: the classes of each run, the scores of its queries, and the classes answered.

    `scores` are `[run][query][candidate]`, rounded as by `trials_of`; the queries of a run are as many for each of its
    classes, in the classes' order. `answered` is `[run][query]` and has the first of tied classes.
    """

    classes: list[list[int]]
    scores: list[list[list[float]]]
    answered: list[list[int]]

    def counts(self, classes: int) -> ClassCounts:
        """The counts of these answers in a record of so many classes."""
        asked, right, beside = [0] * classes, [0.0] * classes, [0.0] * classes
        wrong: Counter[tuple[int, int]] = Counter()
        for run, scores in zip(self.classes, self.scores, strict=True):
            for true, best in _best(run, scores):
                credit = (true in best) / len(best)
                asked[true] += 1
                right[true] += credit
                for one in run:
                    beside[one] += credit
                wrong.update({(true, one): 1 / len(best) for one in best if one != true})
        return ClassCounts(len(self.classes[0]), True, asked, rounded(right), rounded(beside), commonest(wrong))

    def accuracy(self) -> list[float]:
        """The share of right answers in each run."""
        runs = [list(_best(run, scores)) for run, scores in zip(self.classes, self.scores, strict=True)]
        return [sum((true in best) / len(best) for true, best in run) / len(run) for run in runs]


@dataclass(frozen=True)
class PairClasses:
    """The class of each same-class verification pair, and both classes of each different-class pair: one class twice
    where one of the images is a forgery of it."""

    same: list[int]
    different: list[tuple[int, int]]


@dataclass(frozen=True)
class PairList:
    """More on named pairs, those of one class first: the fold and the role of each, empty where the list has none, and
    the number of "same" and of "different" pairs that failed, as an image was missing (failures to acquire)."""

    folds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    failed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Identified:
    """Probes beside a gallery that holds so many `references` of each of so many `identities`.

    `probes` counts those of each class of the record; they stand class by class. `rank` is the place of a probe's own
    identity, behind all that score no less, `own` the score of that identity and `other` the best of all others: the
    one that the probe meets where its own identity is not enrolled.
    """

    references: int
    identities: int
    probes: list[int]
    rank: list[int]
    own: list[float]
    other: list[float]


Answers = ClassCounts | Trials


def trials_of(classes: list[list[int]], scores: Sequence[Sequence[Row]]) -> Trials:
    """The answers in the scores of official trials.

    Scores are rounded to five significant digits, or to more where else a query's best would tie with others.
    """
    kept = [[_rounded_row(row) for row in rows] for rows in scores]
    return Trials(classes, kept, _first_best(classes, kept))


def rounded(values: Iterable[float]) -> list[float]:
    """Counts to six significant digits, whole ones as they are."""
    short = (value if value == round(value) else float(f"{value:.6g}") for value in values)
    return [round(value) if value == round(value) else value for value in short]


def commonest(wrong: Mapping[tuple[int, int], float]) -> list[tuple[int, int, float]]:
    """The confusions in all wrong answers, counted by true and answered class."""
    times = dict(zip(wrong, rounded(wrong.values()), strict=True))
    return [(*pair, times[pair]) for pair in sorted(times, key=lambda pair: (-times[pair], pair))[:MOST]]


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


def _best(run: Sequence[int], scores: Sequence[Row]) -> Iterator[tuple[int, list[int]]]:
    """The true class of each query of a run, and the classes with its best score."""
    for number, row in enumerate(scores):
        best = max(row)
        alone = row.count(best) == 1
        tied = [run[row.index(best)]] if alone else [one for one, score in zip(run, row, strict=True) if score == best]
        yield run[number * len(run) // len(scores)], tied


def _first_best(classes: Sequence[Sequence[int]], scores: Sequence[Sequence[Row]]) -> list[list[int]]:
    return [[best[0] for _, best in _best(run, rows)] for run, rows in zip(classes, scores, strict=True)]


def _rounded_row(row: Row) -> list[float]:
    short, best = [], row.count(max(row))
    for digits in DIGITS:
        short = [float(f"{score:.{digits}g}") for score in row]
        if short.count(max(short)) == best:
            break
    return short


def _check_trials(trials: Trials, classes: int, accuracy: Sequence[float]) -> None:
    _expect(len(trials.classes) == len(trials.scores) == len(accuracy), "the trials of each run")
    rows = [row for rows in trials.scores for row in rows]
    way = len(trials.classes[0])
    _expect(way > 1 and {len(one) for one in (*trials.classes, *rows)} == {way}, "a score of each candidate of a trial")
    _expect(all(rows and len(rows) % way == 0 for rows in trials.scores), "as many trials of each class of a run")
    check_numbers("scores", [*chain(*rows)])
    check_whole("classes", [*chain(*trials.classes)], classes)
    _expect(trials.answered == _first_best(trials.classes, trials.scores), "the answers that score best")
    both = zip(trials.accuracy(), accuracy, strict=True)
    _expect(all(abs(found - given) < 1e-6 for found, given in both), "trials that add up to the accuracy")


def _check_counts(counts: ClassCounts, classes: int, accuracy: Sequence[float]) -> None:
    lists = (counts.asked, counts.right, counts.beside)
    _expect({*map(len, lists)} == {classes}, f"counts of {classes} classes")
    _expect(type(counts.way) is int and counts.way > 1 and type(counts.one_group) is bool, "classes of a task")
    _expect({int, float}.issuperset(map(type, chain(*lists))), "numbers of queries")
    asked, right, beside = table = np.array(lists, float)
    within = (right >= 0) & (right <= np.minimum(asked, beside)) & (beside - counts.way * asked <= NEAR)
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
