"""The units over which a method's figure is a sample, classes or groups of classes, and its values on each.

A figure over episodes is of these classes; others would give another. The value of a class is its jackknife
pseudo-value, by how much the mean over all tasks exceeds that over the tasks without it: a class counts both when its
own images are the queries and when those of others are mistaken for it. Where all classes of a task are of one group,
as in the official trials, groups are the units, and each task belongs to one.
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
    `[training class]`, as in `ClassCounts`."""

    record: RunRecord  # the first
    way: int
    one_group: bool
    classes: tuple[str, ...]
    asked: np.ndarray
    right: np.ndarray
    beside: np.ndarray

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

    def jackknifed(self, word: str, unit: Callable[[str], str]) -> Units | None:
        """The values of units by the tasks without each of their classes; None where every task has all classes."""
        without = len(self.classes) - self.way
        return self._summed(self._held() * (len(self.classes) - 1) / without, word, unit) if without > 0 else None

    def _held(self) -> np.ndarray:
        """By class: the share in the mean of the tasks that hold it, beyond that of as many average tasks."""
        return (self.beside - self.way * self.asked * self.mean) / self.total

    def _summed(self, influence: np.ndarray, word: str, unit: Callable[[str], str]) -> Units | None:
        """The values of units whose classes have these influences on the mean; None of fewer than two units.

        Without a unit the others weigh more, the larger it is; for units of one size this changes nothing.
        """
        names, place = _numbered(self.classes, unit)
        if len(names) < 2:
            return None
        moved, asked_of = (_sums(one, place, len(names)) for one in (influence, self.asked))
        values = (len(names) - 1) * moved / (1 - asked_of / self.total)
        return Units(word_of(self.record, word), names, self.mean + values - values.mean(1, keepdims=True))


def units_of(records: Sequence[RunRecord], task: str) -> Units | None:
    """The values of a method's trainings on the groups of its classes or, if there are few groups, on its classes.

    None where records hold no answers, and where every task has all the classes. Official trials need no answers. On
    single classes of tasks of one group, each answer counts for its own class alone.
    """
    counted = _counted(records, task)
    if not counted:
        return _of_trials(records, task)
    by_class = (counted.own if counted.grouped and counted.one_group else counted.jackknifed)("class_word", unturned)
    if not counted.grouped:
        return by_class
    groups = (counted.held if counted.one_group else counted.jackknifed)("group_word", group_of)
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
    return _Counted(records[0], found[0].way, found[0].one_group, classes, *table[:, :, asked[0]])


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
