"""The methods of a table or figure: runs that differ only in their seed and their fold are one method."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from fewshot.core.spec.evaluation import fold_of
from fewshot.core.spec.names import PAIR_FIGURES, VERIFICATION
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.statistics.crossed import crossed_interval
from fewshot.core.statistics.intervals import Interval, t_interval
from fewshot.core.statistics.roc import equal_error_rate, roc_area
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import entries
from fewshot.reporting.columns import texts
from fewshot.reporting.comparisons.identities import VerifiedPairs, of_role, pairs_of, scores_of
from fewshot.reporting.comparisons.units import Units, units_of
from fewshot.reporting.labels import of_training, table_labels
from fewshot.suites.search.choice import Choice
from fewshot.suites.search.values import without_values
from fewshot.suites.status import MISSING

FOLDS = "folds"  # the units of a method with a network for each


@dataclass(frozen=True)
class Method:
    """One method: the spec of its first run, a label, its records, the runs without one, and its search's choice.

    Where the records are of several `folds`, each learned from others and tested on its own classes, a figure is the
    mean over folds, and its interval is over these: they are its episodes and its units, and a training of each is in
    its value.
    """

    spec: RunSpec
    label: str
    records: tuple[RunRecord, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()  # fold and seed in words, and why there is no record
    choice: Choice | None = None
    mark: str = ""  # after its name in a table, where another method has the same label
    _units: dict[str, Units | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def texts(self) -> dict[str, str]:
        """The text under every key of a table."""
        return texts(self.spec)

    @property
    def unsearched(self) -> "Method":
        """Itself without the options that its search has chosen, as lines of several columns name it."""
        return replace(self, spec=without_values(self.spec, self.choice.values)) if self.choice else self

    @property
    def network(self) -> str:
        """The network that is trained; "" without training."""
        return self.texts["network"] if self.spec.training else ""

    @cached_property
    def folds(self) -> dict[int, tuple[RunRecord, ...]]:
        """The records of each fold by its number; none where all are of one."""
        found: dict[int, list[RunRecord]] = {}
        for record in self.records:
            found.setdefault(fold_of(record.spec), []).append(record)
        return {fold: tuple(found[fold]) for fold in sorted(found)} if len(found) > 1 else {}

    @property
    def even_folds(self) -> list[tuple[RunRecord, ...]]:
        """As many records of each fold as every fold has, so that each counts the same."""
        least = min(map(len, self.folds.values()), default=0)
        return [records[:least] for records in self.folds.values()]

    @property
    def even(self) -> list[RunRecord]:
        """The records, of folds as `even_folds`."""
        return [record for some in self.even_folds for record in some] if self.folds else [*self.records]

    @property
    def again(self) -> bool:
        """True if there are several trainings on the same classes: of one fold, where there are folds."""
        return any(len(records) > 1 for records in self.folds.values() or (self.records,))

    def by_fold(self, figure: Callable[[RunRecord], float]) -> np.ndarray:
        """A figure of the records of each fold, averaged over its seeds, `[fold]`."""
        return np.array([np.mean([figure(record) for record in records]) for records in self.folds.values()])

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """By kind of task: the accuracy of each training in each episode, `[training episode]`, or in each fold."""
        tasks = self.records[0].accuracy if self.records else ()
        if self.folds:
            return {
                task: self.by_fold(lambda one, task=task: float(np.mean(one.accuracy[task])))[None] for task in tasks
            }
        return {task: np.array([record.accuracy[task] for record in self.records]) for task in tasks}

    @cached_property
    def accuracy(self) -> dict[str, np.ndarray]:
        """By kind of task: the accuracy of each episode, averaged over the seeds."""
        return {task: values.mean(0) for task, values in self.values.items()}

    @property
    def by_seed(self) -> dict[str, list[float]]:
        """By kind of task: each seed's mean accuracy."""
        return {task: values.mean(1).tolist() for task, values in self.values.items()}

    @cached_property
    def compared(self) -> tuple[RunRecord, ...]:
        """The records with the different-class pairs of ROC area and equal error: of skilled forgeries alone, where
        there are some."""
        return tuple(map(of_role, self.records))

    @cached_property
    def pairs(self) -> VerifiedPairs | None:
        """The figures on verification pairs by identity; None where the records do not hold these, and of folds."""
        return None if self.folds else pairs_of(self.records)

    def units(self, task: str) -> Units | None:
        """The values of each training on each fold, group or class; None where the records do not hold them."""
        if self.folds:
            return Units(FOLDS, tuple(map(str, self.folds)), self.values[task])
        if task == VERIFICATION:
            return self.pairs.right.units if self.pairs and self.pairs.right else None
        if task not in self._units:
            self._units[task] = units_of(self.records, task)
        return self._units[task]

    def over_episodes(self, task: str) -> Interval:
        """The mean with its interval over the episodes, for these trainings and classes."""
        return t_interval(self.accuracy[task])

    def standard_error(self, task: str) -> float:
        """The standard error of the mean over episodes or folds."""
        values = self.accuracy[task]
        return float(values.std(ddof=1) / len(values) ** 0.5)

    def over_classes(self, task: str) -> Interval | None:
        """The mean with its interval over trainings and groups or classes; None where the records do not hold them."""
        if task == VERIFICATION and not self.folds:
            return self.pairs.right.interval if self.pairs and self.pairs.right else None
        units = self.units(task)
        return replace(crossed_interval(units.values), mean=self.over_episodes(task).mean) if units else None

    def over_pairs(self, figure: str) -> Interval | None:
        """The ROC area or the equal error, by its heading, with its interval over trainings and identities, or over
        folds; None where the records do not hold the classes of their pairs."""
        measure, name = (roc_area, "area") if figure.startswith(PAIR_FIGURES[0]) else (equal_error_rate, "equal_error")
        if self.folds:
            folds = [[scores_of(of_role(one)) for one in own] for own in self.folds.values()]
            there = [own for own in folds if all(len(different) for _, different in own)]
            return t_interval([float(np.mean([measure(*one) for one in own])) for own in there])
        return self.pairs and getattr(self.pairs, name).interval

    @cached_property
    def area(self) -> float:
        """The area under the ROC of same and different pairs, averaged over the seeds, and of folds over these."""
        if self.folds and (over := self.over_pairs(PAIR_FIGURES[0])):
            return over.mean
        if self.pairs:
            return self.pairs.area.mean
        return float(np.mean([roc_area(*scores_of(record)) for record in self.compared]))

    @cached_property
    def equal_error(self) -> float:
        """The equal error rate of same and different pairs, averaged over the seeds, and of folds over these."""
        if self.folds and (over := self.over_pairs(PAIR_FIGURES[1])):
            return over.mean
        if self.pairs:
            return self.pairs.equal_error.mean
        return float(np.mean([equal_error_rate(*scores_of(record)) for record in self.compared]))

    @property
    def why(self) -> str:
        """The reason why there is no record: the first failure, if one of the seeds failed; "" where there is one."""
        return "" if self.records else next((why for _, why in self.missing if why != MISSING), MISSING)


def marked_apart(methods: Sequence[Method]) -> list[Method]:
    """The methods, those with one label marked by the first digits of their ids: "triplet [9d0c5f]"."""
    times = Counter(method.label for method in methods)
    marks = {one.spec.id: f" [{one.spec.id[:6]}]" for one in methods if times[one.label] > 1}
    return [replace(one, label=one.label + mark, mark=mark) for one in methods for mark in [marks.get(one.spec.id, "")]]


def content_of(record: RunRecord) -> str:
    """The digest of the images measured, where a user's data set may hold others; "" for the package's own, and for a
    fold, as each has its own."""
    if fold_of(record.spec):
        return ""
    name, dataset = record.spec.dataset.name.partition(":")[0], entries("datasets")
    own = name in dataset and not dataset[name].sha256 and not dataset[name].family
    return "" if own else record.digests.get(record.spec.stage, "")


def summarise(
    records: Sequence[RunRecord],
    missing: Sequence[tuple[RunSpec, str]] = (),
    label: Callable[[Sequence[RunSpec]], list[str]] = table_labels,
) -> list[Method]:
    """The methods in the order of their records, then those without any; `missing` are specs and why they have none."""
    groups: dict[tuple[str, str], list[tuple[RunSpec, RunRecord | str]]] = {}
    contents = {record.spec.method: content_of(record) for record in records}
    for spec, found in (*((record.spec, record) for record in records), *missing):
        content = content_of(found) if isinstance(found, RunRecord) else contents.get(spec.method, "")
        groups.setdefault((spec.method, content), []).append((spec, found))
    specs = [group[0][0] for group in groups.values()]
    return [
        Method(
            spec,
            name,
            tuple(record for _, record in group if isinstance(record, RunRecord)),
            tuple((", ".join(of_training(one)), why) for one, why in group if isinstance(why, str)),
        )
        for spec, name, group in zip(specs, label(specs), groups.values(), strict=True)
    ]
