"""A row for each known mistake: the right figure, the figure with the mistake, and their paired difference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.spec.names import SELECTED
from fewshot.core.statistics.crossed import crossed_difference, crossed_interval
from fewshot.core.statistics.intervals import Interval
from fewshot.records.record import RunRecord
from fewshot.registry.pitfalls import CONSTANT, PITFALLS, mistaken
from fewshot.reporting.comparisons.differences import EPISODES
from fewshot.reporting.comparisons.units import Units
from fewshot.reporting.summary import Method

BEST, NARROW = "best_of_trainings", "interval_over_episodes"  # mistakes in what is made of right records
WORDS = {BEST: "the best of {} trainings", NARROW: "interval over episodes alone"}
KNOWN = {BEST: "maxima given as results", NARROW: "most papers (Lafargue et al. 2024)"}


@dataclass(frozen=True)
class Row:
    """A mistake by name and in words, both figures, their difference with its interval over what is paired, and the
    records behind it.

    `narrow` is the half-width of an interval with the mistake, where that is what the mistake changes; the difference
    is then 0 ± the right half-width.
    """

    name: str
    words: str
    known: str
    right: float
    mistaken: float
    difference: Interval
    over: str
    records: tuple[str, ...]
    narrow: float | None = None


def rows_of(records: Sequence[RunRecord]) -> list[Row]:
    """The rows that a suite's records give, the largest difference first, that of intervals last; none without the
    records of the network that is measured with and without mistakes."""
    groups: dict[str, list[RunRecord]] = {}
    for record in sorted(records, key=lambda one: one.spec.seed):
        groups.setdefault(record.spec.method, []).append(record)
    methods = [Method(group[0].spec, "", tuple(group)) for group in groups.values()]
    base = next((one for one in methods if not any(PITFALLS[name].trained for name in one.spec.pitfalls)), None)
    if base is None:
        return []
    task = next(iter(base.accuracy))
    found = [*_measured(base, task), *_trained(base, methods, task), *_best(base, task)]
    return [*sorted(found, key=lambda row: -abs(row.difference.mean)), *_narrow(base, task)]


def _measured(base: Method, task: str) -> Iterator[Row]:
    """Mistakes of an evaluation: the same trainings, so that these are paired too."""
    for name in base.spec.pitfalls:
        if (wrong := mistaken(task, name)) in base.accuracy:
            right = f"{task}, {CONSTANT}" if name == "constant_ties" else task
            yield _row(name, (base, right), (base, wrong), paired=True)


def _trained(base: Method, methods: Sequence[Method], task: str) -> Iterator[Row]:
    """Mistakes of a training: other trainings or, where a step is chosen, other steps of the same ones."""
    seeds = [record.spec.seed for record in base.records]
    for other in methods:
        for name in other.spec.pitfalls if other is not base else ():
            same = name == SELECTED and [record.spec.seed for record in other.records] == seeds
            yield _row(name, (base, task), (other, task), paired=same)


def _row(name: str, right: tuple[Method, str], wrong: tuple[Method, str], *, paired: bool) -> Row:
    """The row of a mistake; trainings are `paired` where both figures are of the same ones."""
    theirs, ours = (method.units(task) for method, task in (right, wrong))
    if not theirs or not ours or theirs.names != ours.names:
        theirs, ours = (_episodes(method, task) for method, task in (right, wrong))
    if paired:
        difference, apart = crossed_interval(ours.values - theirs.values), ""
    else:
        difference, apart = crossed_difference(ours.values, theirs.values)[0], ", these apart"
    number = len(ours.values)
    over = f"{ours}, {number} trainings{apart}" if number > 1 else f"{ours} of one training"
    over = over if name != "constant_ties" else str(ours)
    figures = (float(method.accuracy[task].mean()) for method, task in (right, wrong))
    ids = dict.fromkeys(record.id for method, _ in (right, wrong) for record in method.records)
    return Row(name, PITFALLS[name].words, PITFALLS[name].known, *figures, difference, over, tuple(ids))


def _units(method: Method, task: str) -> Units:
    return method.units(task) or _episodes(method, task)


def _episodes(method: Method, task: str) -> Units:
    """Episodes by their numbers, where records do not hold answers to the same alphabets or classes."""
    values = method.values[task]
    return Units(EPISODES, tuple(map(str, range(values.shape[1]))), values)


def _best(base: Method, task: str) -> Iterator[Row]:
    """The best training given for their mean."""
    values, means = _units(base, task).values, base.by_seed[task]
    if len(means) > 1:
        best = int(np.argmax(means))
        difference = crossed_interval((values[best] - values.mean(0))[None])
        over = f"{_units(base, task)} of these trainings"
        ids = tuple(record.id for record in base.records)
        words = WORDS[BEST].format(len(means))
        right = float(base.accuracy[task].mean())
        yield Row(BEST, words, KNOWN[BEST], right, means[best], difference, over, ids)


def _narrow(base: Method, task: str) -> Iterator[Row]:
    """An interval that speaks of these classes and trainings, given for one of others."""
    wide, narrow = base.over_classes(task), base.over_episodes(task)
    if wide:
        number = len(base.records)
        over = f"{_units(base, task)}{f', {number} trainings' * (number > 1)}, instead of {narrow.n:,} episodes"
        ids = tuple(record.id for record in base.records)
        unmoved = Interval(0.0, wide.half, wide.n)
        yield Row(NARROW, WORDS[NARROW], KNOWN[NARROW], wide.mean, narrow.mean, unmoved, over, ids, narrow.half)
