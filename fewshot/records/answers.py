"""The answers of an evaluation: counts by class for drawn episodes, and the scores of official trials."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

MOST = 2000  # confusions that are kept of one kind of task
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
    return Trials(classes, kept, first_best(classes, kept))


def first_best(classes: Sequence[Sequence[int]], scores: Sequence[Sequence[Row]]) -> list[list[int]]:
    """The first of the classes that score best, by run and query."""
    return [[best[0] for _, best in _best(run, rows)] for run, rows in zip(classes, scores, strict=True)]


def rounded(values: Iterable[float]) -> list[float]:
    """Counts to six significant digits, whole ones as they are."""
    short = (value if value == round(value) else float(f"{value:.6g}") for value in values)
    return [round(value) if value == round(value) else value for value in short]


def commonest(wrong: Mapping[tuple[int, int], float]) -> list[tuple[int, int, float]]:
    """The confusions in all wrong answers, counted by true and answered class."""
    times = dict(zip(wrong, rounded(wrong.values()), strict=True))
    return [(*pair, times[pair]) for pair in sorted(times, key=lambda pair: (-times[pair], pair))[:MOST]]


def _best(run: Sequence[int], scores: Sequence[Row]) -> Iterator[tuple[int, list[int]]]:
    """The true class of each query of a run, and the classes with its best score."""
    for number, row in enumerate(scores):
        best = max(row)
        alone = row.count(best) == 1
        tied = [run[row.index(best)]] if alone else [one for one, score in zip(run, row, strict=True) if score == best]
        yield run[number * len(run) // len(scores)], tied


def _rounded_row(row: Row) -> list[float]:
    short, best = [], row.count(max(row))
    for digits in DIGITS:
        short = [float(f"{score:.{digits}g}") for score in row]
        if short.count(max(short)) == best:
            break
    return short
