"""The units over which a method's figure is a sample, classes or groups of classes, and its values on each.

A figure over episodes is of these classes; others would give another. A wrong answer counts for two classes: that of
the query, and the one that the query is mistaken for. Where all classes of a task are of one group, as in the official
trials, groups are the units, and each task belongs to one. `results/intervals.md` shows how often intervals over such
values cover figures of other classes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import compress

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.core.marks import DataSetMarks
from fewshot.core.spec.run_spec import Part
from fewshot.data.class_lists.names import group_of, unturned
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.protocols import load_protocol
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import entries

ENOUGH = 5  # groups that are the units of tasks across groups; with fewer, classes are


@dataclass(frozen=True)
class Units:
    """Values `[training unit]` of a method: their mean is its figure. `word` says what the units are: "alphabets".

    Where these are groups, `by_class` has the values on single classes.
    """

    word: str
    names: tuple[str, ...]
    values: np.ndarray
    by_class: "Units | None" = None

    def __str__(self) -> str:
        return f"{len(self.names):,} {self.word}"


@dataclass(frozen=True)
class _Counted:
    """The answers of trainings that were asked the same classes; queries, right answers and those beside a class are
    `[training class]`, as in `ClassCounts`, and `confused` has the rows of each training's confusions."""

    record: RunRecord  # the first
    way: int
    one_group: bool
    classes: tuple[str, ...]
    asked: np.ndarray
    right: np.ndarray
    beside: np.ndarray
    confused: tuple[np.ndarray, ...]

    @property
    def of_tasks(self) -> bool:
        """True if tasks have figures and no answers, as those of open sets."""
        return any(one > 0 and not len(rows) for one, rows in zip(self._wrong, self.confused, strict=True))

    @property
    def _wrong(self) -> np.ndarray:
        """The number of wrong answers, `[training]`."""
        return (self.asked - self.right).sum(1)

    @property
    def grouped(self) -> bool:
        """True if groups are the units: if there are enough of them, or several of which each task has one."""
        return len(_numbered(self.classes, group_of)[0]) >= (2 if self.one_group else ENOUGH)

    @property
    def total(self) -> np.ndarray:
        """The number of queries, `[training 1]`."""
        return self.asked.sum(1, keepdims=True)

    @property
    def mean(self) -> np.ndarray:
        """The accuracy, `[training 1]`."""
        return self.right.sum(1, keepdims=True) / self.total

    def own(self, word: str, unit: Callable[[str], str]) -> Units | None:
        """The values of units by the answers to the queries of each of their classes alone."""
        return self._summed((self.right - self.asked * self.mean) / self.total, word, unit)

    def held(self, word: str, unit: Callable[[str], str]) -> Units | None:
        """The values of units by the tasks that are of one unit alone."""
        return self._summed(self._held() / self.way, word, unit)

    def across(self, word: str, unit: Callable[[str], str]) -> Units | None:
        """The values of units of which a task has several; None where every task has all classes.

        They are by the units' own queries and by others' that are mistaken for them. Of figures of tasks they are those
        of the jackknife, by the tasks without each class: too far apart, as a task's noise counts for all its classes.
        Where a record leaves out confusions both kinds are rather too far apart, and the one that is less so counts.
        """
        without = len(self.classes) - self.way
        if without <= 0:
            return None
        by_tasks = self._summed(self._held() * (len(self.classes) - 1) / without, word, unit)
        if self.of_tasks or not by_tasks:
            return by_tasks
        by_answers = self._summed((self.right - self.asked * self.mean) / self.total, word, unit, mistaken=True)
        kept = [rows[:, 2].sum() for rows in self.confused]
        some = [by_answers] if np.allclose(kept, self._wrong, rtol=1e-3) else [by_answers, by_tasks]
        return min(some, key=lambda one: one.values.mean(0).var())

    def _held(self) -> np.ndarray:
        """By class: the share in the mean of the tasks that hold it, beyond that of as many average tasks."""
        return (self.beside - self.way * self.asked * self.mean) / self.total

    def _summed(
        self, influence: np.ndarray, word: str, unit: Callable[[str], str], *, mistaken: bool = False
    ) -> Units | None:
        """The values of units whose classes have these influences on the mean, and of what is `mistaken` for a unit if
        asked; None of fewer than two units.

        Without a unit the others weigh more, the larger it is; for units of one size this changes nothing.
        """
        names, place = _numbered(self.classes, unit)
        if len(names) < 2:
            return None
        moved, asked_of = (_sums(one, place, len(names)) for one in (influence, self.asked))
        moved = moved + self._mistaken(place, asked_of) if mistaken else moved
        values = (len(names) - 1) * moved / (1 - asked_of / self.total)
        return Units(word_of(self.record, word), names, self.mean + values - values.mean(1, keepdims=True))

    def _mistaken(self, place: np.ndarray, asked_of: np.ndarray) -> np.ndarray:
        """By unit: others' queries that are mistaken for it, as a share of all, beyond those for an average one of its
        size; with the sign of an accuracy, `[training unit]`.

        The rarest confusions, which a record leaves out, are taken to be like the others.
        """
        taken = np.zeros(asked_of.shape)
        for row, wrong, (true, answered, times) in zip(
            taken, self._wrong, (one.T for one in self.confused), strict=True
        ):
            true, answered = (place[one.astype(int)] for one in (true, answered))
            np.add.at(row, answered, np.where(true == answered, 0.0, times) * wrong / max(times.sum(), 1e-9))
        share = asked_of * (self.total - asked_of)  # of the queries of other units that stand beside it
        return (taken.sum(1, keepdims=True) * share / share.sum(1, keepdims=True) - taken) / self.total


def units_of(records: Sequence[RunRecord], task: str) -> Units | None:
    """The values of a method's trainings on the groups of its classes or, if there are few groups, on its classes.

    None where records hold no answers, and where every task has all the classes. Official trials need no answers. On
    single classes of tasks of one group, each answer counts for its own class alone; tasks' figures have none.
    """
    counted = _counted(records, task)
    if not counted:
        return _of_trials(records, task)
    if not counted.grouped:
        return counted.across("class_word", unturned)
    if not counted.one_group:
        groups, by_class = counted.across("group_word", group_of), counted.across("class_word", unturned)
    else:
        groups = counted.held("group_word", group_of)
        by_class = None if counted.of_tasks else counted.own("class_word", unturned)
    return groups and replace(groups, by_class=by_class)


def _counted(records: Sequence[RunRecord], task: str) -> _Counted | None:
    """The answers in records by class; None where one has none, or was asked other classes than the first."""
    found = [record.counts(task) for record in records]
    if not found or None in found:
        return None
    kinds = {(record.classes, one.way, one.one_group) for record, one in zip(records, found, strict=True)}
    if len(kinds) > 1:
        return None
    table = np.array([[one.asked, one.right, one.beside] for one in found], float).transpose(1, 0, 2)
    asked = table[0] > 0
    if (asked != asked[0]).any():
        return None
    classes = tuple(compress(records[0].classes, asked[0]))
    number = np.cumsum(asked[0]) - 1  # of each class among those that were asked
    confused = [np.array(one.confusions, float).reshape(-1, 3) for one in found]
    for rows in confused:
        rows[:, :2] = number[rows[:, :2].astype(int)]
    return _Counted(records[0], found[0].way, found[0].one_group, classes, *table[:, :, asked[0]], tuple(confused))


def _sums(values: np.ndarray, place: np.ndarray, units: int) -> np.ndarray:
    """Values `[training class]` summed over the classes of each unit, `[training unit]`; `place` is a class's unit."""
    rows = np.arange(len(values))[:, None] * units + place
    return np.bincount(rows.flatten(), values.flatten(), len(values) * units).reshape(-1, units)


@lru_cache
def _numbered(classes: tuple[str, ...], unit: Callable[[str], str]) -> tuple[tuple[str, ...], np.ndarray]:
    """The units of classes, each once, and the number of each class's unit."""
    number = {name: place for place, name in enumerate(dict.fromkeys(map(unit, classes)))}
    return tuple(number), np.array([number[unit(name)] for name in classes])


def _of_trials(records: Sequence[RunRecord], task: str) -> Units | None:
    """The accuracy on each alphabet, of official trials whose records have no answers."""
    if not records or not all(are_official(record, task) for record in records):
        return None
    names, place = _numbered(tuple(run.alphabet for run in official_runs()), str)
    accuracy = np.array([record.accuracy[task] for record in records])
    values = _sums(accuracy, place, len(names)) / np.bincount(place)
    return Units(word_of(records[0], "group_word"), names, values)


def are_official(record: RunRecord, task: str) -> bool:
    """True if the episodes of a kind of task are the runs of the official trials."""
    part = record.spec.protocol
    if part.sha256 or part.name not in entries("protocols"):
        return False
    posed = _posed(part.name, json.dumps(part.options), record.spec.stage)
    return posed.get(task) == "official" and len(record.accuracy[task]) == len(official_runs())


@lru_cache
def _posed(protocol: str, options: str, stage: str) -> dict[str, str]:
    """The trials that each kind of task at a stage is posed by; none where the protocol has other options now."""
    try:
        found = load_protocol(Part(protocol, json.loads(options)))
    except (RequestError, TypeError):
        return {}
    return {episodes.name: episodes.trials for episodes in getattr(found, stage)}


def word_of(record: RunRecord, mark: str) -> str:
    """The word for classes or groups of the record's data set."""
    entry = entries("datasets").get(record.spec.dataset.name.partition(":")[0])
    return getattr(entry.marks if entry else DataSetMarks(), mark)
