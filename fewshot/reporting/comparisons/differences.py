"""Methods compared in pairs on the very same episodes, classes and groups, and all with the best."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from fewshot.core.spec.evaluation import fold_of
from fewshot.core.spec.names import FOLD, VERIFICATION
from fewshot.core.statistics.best import among_best
from fewshot.core.statistics.crossed import crossed_difference, paired_difference
from fewshot.core.statistics.intervals import Interval, t_interval
from fewshot.core.statistics.multiple import holm
from fewshot.reporting.comparisons.units import Units
from fewshot.reporting.summary import FOLDS, Method, content_of

Stars = dict[tuple, list[bool]]  # by task and by the identities of methods that live as long
EPISODES = "episodes"  # the units where records do not hold answers by class


@dataclass(frozen=True)
class Difference:
    """One method minus another on a kind of task.

    `over_episodes` is for these trainings and classes, `interval` has trainings and units as random effects: groups,
    classes or, where the records hold no answers, episodes, as `word` says. `p` is that of no difference, and
    `adjusted` is for all pairs together by Holm.
    """

    one: Method
    other: Method
    task: str
    over_episodes: Interval
    interval: Interval
    word: str
    p: float
    adjusted: float

    @property
    def units(self) -> str:
        """The number of units and their word: "10 alphabets"."""
        return f"{self.interval.n:,} {self.word}"

    @property
    def reversed(self) -> Interval:
        """The interval of the other method minus the one."""
        return replace(self.interval, mean=-self.interval.mean)

    @property
    def told_apart(self) -> bool:
        """True if the methods differ beyond chance at 5 %, among all pairs."""
        return self.adjusted <= 0.05


def episodes_of(method: Method, task: str) -> tuple:
    """The key that methods share if they can be compared in pairs: the very same episodes."""
    spec = method.spec
    posed = replace(spec.protocol, options={k: v for k, v in spec.protocol.options.items() if k != FOLD or not v})
    folds = tuple(method.folds) or fold_of(spec)
    place = str(spec.dataset), str(posed), folds, spec.stage, spec.fold, spec.folds, content_of(method.records[0])
    return task, *place, len(method.accuracy[task])


def not_worse_than_best(methods: Sequence[Method], task: str, known: Stars | None = None) -> list[bool]:
    """For each method on the same episodes, whether it is the best or not worse than the best beyond chance.

    Those that are not `comparable` have no star, and none has one unless two or more and the best are. Stars that are
    `known`, of the very same methods, are taken from there, and others are added.
    """
    compared, best = comparable(methods, task), best_of(methods, task)
    if len(compared) < 2 or not any(one is best for one in compared):
        return [False] * len(methods)
    known, key = {} if known is None else known, (task, *map(id, compared))
    if key not in known:
        trained = [bool(method.spec.training) for method in compared]
        known[key] = among_best([units.values for units in on_same_units(compared, task)], trained)
    starred = {id(method) for method, star in zip(compared, known[key], strict=True) if star}
    return [id(method) in starred for method in methods]


def comparable(methods: Sequence[Method], task: str) -> list[Method]:
    """The methods that are compared with the best: where some hold answers by class and others do not, the former."""
    return [method for method in methods if method.units(task) is not None] or list(methods)


def differences(methods: Sequence[Method], task: str) -> list[Difference]:
    """All pairs of methods on the same episodes, each before those after it."""
    pairs = list(combinations(methods, 2))
    found = [_difference(one, other, task) for one, other in pairs]
    adjusted = holm([p for *_, p in found]) if found else np.array([])
    over_episodes = [t_interval(one.accuracy[task] - other.accuracy[task]) for one, other in pairs]
    return [
        Difference(*pair, task, fixed, interval, word, p, float(joint))
        for pair, fixed, (interval, word, p), joint in zip(pairs, over_episodes, found, adjusted, strict=True)
    ]


def _same_networks(one: Method, other: Method) -> bool:
    """Whether two methods are the same trainings, scored by other shot rules: with equal losses and scores of pairs."""

    def found(method: Method) -> list[tuple]:
        return [
            (record.spec.seed, record.kept, [row[:2] for row in record.curve], record.same, record.different)
            for record in method.records
        ]

    known = all(record.curve and record.same for record in one.records)
    return known and not one.folds and not other.folds and found(one) == found(other)


def _difference(one: Method, other: Method, task: str) -> tuple[Interval, str, float]:
    """The interval, the word of its units, and p."""
    ours, theirs = on_same_units([one, other], task)
    if task == VERIFICATION and ours.word not in (EPISODES, FOLDS):
        interval, p = one.pairs.right.difference(other.pairs.right)
    else:
        difference = paired_difference if _same_networks(one, other) else crossed_difference
        interval, p = difference(ours.values, theirs.values)
    return interval, ours.word, p


def on_same_units(methods: Sequence[Method], task: str) -> list[Units]:
    """Each method's values on units that all of them share: groups or classes, or else the episodes."""
    found = [method.units(task) for method in methods]
    if None not in found and len({(units.word, units.names) for units in found}) == 1:
        return found
    return [Units(EPISODES, tuple(range(values.shape[1])), values) for values in (m.values[task] for m in methods)]


def newcomers(methods: Sequence[Method]) -> list[str]:
    """The difference of each method with a plug-in's part from the best other trained row, a sentence a task.

    An ensemble is held against the best other ensemble, and against no single network, nor the reverse.
    """
    sentences = []
    for method in methods:
        for task in method.accuracy if _is_new(method) else ():
            alike = [other for other in methods if task in other.accuracy]
            alike = [other for other in alike if episodes_of(other, task) == episodes_of(method, task)]
            others = [other for other in alike if not _is_new(other)]
            others = [other for other in others if bool(other.spec.members) == bool(method.spec.members)]
            best = best_of([other for other in others if other.spec.training] or others, task)
            if best is None:
                continue
            ordered = [method, best, *(other for other in alike if other not in (method, best))]
            found = differences(ordered, task)
            verdict = "told apart" if found[0].told_apart else "not told apart"
            joint = f" (5 %, Holm over all {len(found)} pairs)" if len(found) > 1 else " (5 %)"
            row = "ensemble" if best.spec.members else "trained row" if best.spec.training else "row"
            row += " but ensembles" if row != "ensemble" and any(other.spec.members for other in alike) else ""
            sentences.append(
                f"{method.label} − {best.label} (the best other {row}): "
                f"{found[0].interval.signed} on {task}, "
                f"paired over {found[0].units}{trainings_of(method, best)}: {verdict}{joint}"
            )
    return sentences


def best_of(methods: Sequence[Method], task: str) -> Method | None:
    """The method with the highest mean; None of none."""
    return max(methods, key=lambda method: method.accuracy[task].mean(), default=None)


def trainings_of(*methods: Method) -> str:
    """Of how many trainings methods are: " and 3 trainings", " of one training each"; "" without any."""
    if any(method.folds for method in methods):
        return ", each of trainings of its own"
    counts = {len(method.records) for method in methods if method.spec.training}
    if counts == {1}:
        what = "ensemble" if all(method.spec.members for method in methods) else "training"
        return f" of one {what}{' each' if all(method.spec.training for method in methods) else ''}"
    return f" and {' or '.join(map(str, sorted(counts)))} trainings" if counts else ""


def _is_new(method: Method) -> bool:
    """True if a part of the method itself is a plug-in's; the data set and the protocol are every method's."""
    spec = method.spec
    return any(part and part.sha256 for part in (spec.learner, spec.backbone, spec.similarity, spec.loss))
