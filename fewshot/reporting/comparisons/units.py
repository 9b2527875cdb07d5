"""The units over which a method's figure is a sample, classes or groups of classes, and its values on each.

A figure over episodes is of these classes; others would give another. The value of a class is its jackknife
pseudo-value, by how much the mean over all tasks exceeds that over the tasks without it: a class counts both when its
own images are the queries and when those of others are mistaken for it. Where all classes of a task are of one group,
as in the official trials, groups are the units, and each task belongs to one.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.core.marks import DataSetMarks
from fewshot.core.spec import Part
from fewshot.data.class_lists.names import group_of, unturned
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.protocols import load_protocol
from fewshot.records.answers import ClassCounts
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import entries

ENOUGH = 5  # groups that are the units of tasks across groups; with fewer, classes are
Values = dict[str, float]  # by unit


@dataclass(frozen=True)
class Units:
    """Values `[training unit]` of a method: their mean is its figure. `word` says what the units are: "alphabets"."""

    word: str
    names: tuple[str, ...]
    values: np.ndarray

    def __str__(self) -> str:
        return f"{len(self.names):,} {self.word}"


def units_of(records: Sequence[RunRecord], task: str) -> Units | None:
    """The values of a method's trainings on the groups of its classes or, if there are few groups, on its classes.

    None where records hold no answers, and where every task has all the classes. Official trials need no answers.
    """
    return _units(records, lambda record: _coarse(record, task))


def classes_of(records: Sequence[RunRecord], task: str) -> Units | None:
    """The values on single classes where `units_of` has those on groups; None otherwise.

    If all classes of a task are of one group, each answer counts for its own class alone.
    """
    return _units(records, lambda record: _fine(record, task))


def _units(records: Sequence[RunRecord], values: Callable[[RunRecord], tuple[str, Values] | None]) -> Units | None:
    found = [values(record) for record in records]
    if not found or None in found or len({tuple(one) for _, one in found}) > 1 or len(found[0][1]) < 2:
        return None
    return Units(found[0][0], tuple(found[0][1]), np.array([[*one.values()] for _, one in found]))


def _coarse(record: RunRecord, task: str) -> tuple[str, Values] | None:
    counts = record.counts(task)
    if not counts:
        return _of_trials(record, task)
    return _of_groups(record, counts) if _grouped(record, counts) else _of_classes(record, counts)


def _fine(record: RunRecord, task: str) -> tuple[str, Values] | None:
    counts = record.counts(task)
    if not counts or not _grouped(record, counts):
        return None
    if not counts.one_group:
        return _of_classes(record, counts)
    asked, right = np.array(counts.asked), np.array(counts.right)
    own = (right - asked * right.sum() / asked.sum()) / asked.sum()
    return _summed(record, counts, own, "class_word", unturned)


def _grouped(record: RunRecord, counts: ClassCounts) -> bool:
    """True if groups are the units: if there are enough of them, or several of which each task has one."""
    groups = len(_numbered(_asked(record, counts), group_of)[0])
    return groups >= (2 if counts.one_group else ENOUGH)


def _of_groups(record: RunRecord, counts: ClassCounts) -> tuple[str, Values] | None:
    if counts.one_group:
        return _summed(record, counts, _held(counts) / counts.way, "group_word", group_of)
    return _jackknifed(record, counts, "group_word", group_of)


def _of_classes(record: RunRecord, counts: ClassCounts) -> tuple[str, Values] | None:
    return _jackknifed(record, counts, "class_word", unturned)


def _jackknifed(
    record: RunRecord, counts: ClassCounts, word: str, unit: Callable[[str], str]
) -> tuple[str, Values] | None:
    """The values of units by the tasks without each of their classes; None where every task has all classes."""
    classes = len(_asked(record, counts))
    if classes <= counts.way:
        return None
    return _summed(record, counts, _held(counts) * (classes - 1) / (classes - counts.way), word, unit)


def _held(counts: ClassCounts) -> np.ndarray:
    """By class: the share in the mean of the tasks that hold it, beyond that of as many average tasks."""
    asked, right, beside = (np.array(values, float) for values in (counts.asked, counts.right, counts.beside))
    return (beside - counts.way * asked * right.sum() / asked.sum()) / asked.sum()


def _summed(
    record: RunRecord, counts: ClassCounts, influence: np.ndarray, word: str, unit: Callable[[str], str]
) -> tuple[str, Values]:
    """The values of units whose classes have these influences on the mean.

    Without a unit the others weigh more, the larger it is; for units of one size this changes nothing.
    """
    asked = np.array(counts.asked)
    names, place = _numbered(_asked(record, counts), unit)
    total, mean = sum(counts.asked), sum(counts.right) / sum(counts.asked)
    if len(names) < 2:
        return word_of(record, word), dict.fromkeys(names, mean)
    moved, asked_of = (np.bincount(place, one[asked > 0], len(names)) for one in (influence, asked))
    values = (len(names) - 1) * moved / (1 - asked_of / total)
    found = mean + values - sum(values.tolist()) / len(names)
    return word_of(record, word), dict(zip(names, found.tolist(), strict=True))


def _asked(record: RunRecord, counts: ClassCounts) -> tuple[str, ...]:
    """The classes that had queries."""
    return record.classes if min(counts.asked) else tuple(compress(record.classes, counts.asked))


@lru_cache
def _numbered(classes: tuple[str, ...], unit: Callable[[str], str]) -> tuple[tuple[str, ...], np.ndarray]:
    """The units of classes, each once, and the number of each class's unit."""
    number = {name: place for place, name in enumerate(dict.fromkeys(map(unit, classes)))}
    return tuple(number), np.array([number[unit(name)] for name in classes])


def _of_trials(record: RunRecord, task: str) -> tuple[str, Values] | None:
    """The accuracy on each alphabet, of official trials whose record has no answers."""
    if not are_official(record, task):
        return None
    runs: dict[str, list[float]] = {}
    for run, accuracy in zip(official_runs(), record.accuracy[task], strict=True):
        runs.setdefault(run.alphabet, []).append(accuracy)
    return word_of(record, "group_word"), {alphabet: float(np.mean(values)) for alphabet, values in runs.items()}


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
