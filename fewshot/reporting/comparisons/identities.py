"""The identities of verification pairs, and a method's figures on them: accuracy, ROC area and equal error rate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress

import numpy as np

from fewshot.core.spec.names import CALLED, FORGED, VERIFICATION
from fewshot.core.statistics.influences import PairFigure, area_of_pairs, equal_error_of_pairs, joined, share_of_pairs
from fewshot.core.statistics.intervals import Interval
from fewshot.core.statistics.pairs import Identities, Share
from fewshot.core.statistics.ranks import rank
from fewshot.data.class_lists.names import group_of, unturned
from fewshot.records.record import RunRecord
from fewshot.reporting.comparisons.units import ENOUGH, Units, word_of

AT_ONCE = 2**16  # scores that are ranked together: their arrays stay in a processor's cache


@dataclass(frozen=True)
class VerifiedFigure:
    """A figure of a method's trainings on the same pairs, with the groups or classes that are the identities; failures
    to acquire have identities of their own, without names."""

    word: str
    names: tuple[str, ...]
    identities: Identities
    figure: PairFigure

    @property
    def mean(self) -> float:
        """The mean over trainings."""
        return float(self.figure.values.mean())

    @cached_property
    def interval(self) -> Share:
        """The mean with its interval over trainings and identities."""
        return self.identities.interval(self.figure)

    @property
    def units(self) -> Units:
        """The values on each identity."""
        return Units(self.word, self.names, self.identities.values(self.figure)[:, : len(self.names)])

    def difference(self, other: "VerifiedFigure") -> tuple[Interval, float]:
        """Interval and p of the difference from another method's figure on the same pairs."""
        return self.identities.difference(self.figure, other.figure)


@dataclass(frozen=True)
class VerifiedPairs:
    """A method's figures on pairs: area and equal error, of skilled forgeries alone where there are some, with failures
    to acquire; accuracy of all pairs that could be compared, where the protocol measures it."""

    area: VerifiedFigure
    equal_error: VerifiedFigure
    right: VerifiedFigure | None


@dataclass(frozen=True)
class Sides:
    """The identities of both sides of pairs, as numbers in `names`: `[pair]` of one class and `[pair 2]` of two."""

    word: str
    names: tuple[str, ...]
    same: np.ndarray
    different: np.ndarray


def sides_of(records: Sequence[RunRecord]) -> Sides | None:
    """The identities of the pairs of a method's records; None where one does not hold their classes.

    As for tasks, identities are groups of classes if there are enough of them.
    """
    if not records or any(not one.pair_classes or one.pair_classes != records[0].pair_classes for one in records):
        return None
    classes, pairs = records[0].classes, records[0].pair_classes
    different = np.array(pairs.different, int).reshape(-1, 2)
    there = np.unique([*pairs.same, *different.flatten()])
    grouped = len({group_of(classes[number]) for number in there}) >= ENOUGH
    unit = [(group_of if grouped else unturned)(name) for name in classes]
    names = sorted({unit[number] for number in there})
    place = {name: number for number, name in enumerate(names)}
    number = np.array([place.get(name, -1) for name in unit])
    word = word_of(records[0], "group_word" if grouped else "class_word")
    return Sides(word, tuple(names), number[pairs.same], number[different])


def of_role(record: RunRecord, role: str = FORGED) -> RunRecord:
    """The record with the different-class pairs of one kind of forgery alone, where it has skilled ones.

    Failures to acquire of different classes are of no kind, as a missing image has no role.
    """
    notes = record.pair_list
    if not notes or not has_skilled(notes.roles):
        return record
    kept = [one == role for one in notes.roles[len(record.same) :]]
    classes = record.pair_classes and replace(
        record.pair_classes, different=[*compress(record.pair_classes.different, kept)]
    )
    roles = notes.roles[: len(record.same)] + (role,) * sum(kept)
    folds = (*compress(notes.folds, [True] * len(record.same) + kept),)
    failed = {kind: count for kind, count in notes.failed.items() if kind == "same"}
    different, notes = [*compress(record.different, kept)], replace(notes, roles=roles, folds=folds, failed=failed)
    accuracy = dict(record.accuracy)
    if right := accuracy.get(VERIFICATION):
        accuracy[VERIFICATION] = [*compress(right, [True] * len(record.same) + kept)]
    return replace(record, accuracy=accuracy, different=different, pair_classes=classes, pair_list=notes)


def has_skilled(roles: Iterable[str]) -> bool:
    """Whether roles of pairs are of skilled forgeries, and perhaps random ones, which are then told apart."""
    names = {*roles} - {""}
    return FORGED in names and names <= {*CALLED}


def failed_of(record: RunRecord) -> tuple[int, int]:
    """The numbers of failures to acquire, of one class and of two."""
    failed = record.pair_list.failed if record.pair_list else {}
    return failed.get("same", 0), failed.get("different", 0)


def scores_of(record: RunRecord) -> tuple[np.ndarray, np.ndarray]:
    """The scores of same-class and of different-class pairs; those of failures to acquire, at their ends, −infinity."""
    kinds = zip((record.same, record.different), failed_of(record), strict=True)
    return tuple(np.concatenate([np.array(scores, float), np.full(lost, -np.inf)]) for scores, lost in kinds)


def with_unknown(same: np.ndarray, different: np.ndarray, failed: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The identities of pairs, and behind these those of failures, each with one of its own."""
    new = 1 + max(same.max(initial=-1), different.max(initial=-1)) + np.arange(sum(failed))
    lost = np.stack([new[failed[0] :]] * 2, 1)
    return np.concatenate([same, new[: failed[0]]]), np.concatenate([different.reshape(-1, 2), lost])


def forgeries_of(record: RunRecord) -> str:
    """The kind of forgery that all different pairs of a record are of, in words; "" for other pairs."""
    roles = {*record.pair_list.roles[len(record.same) :]} if record.pair_list else set()
    return CALLED.get(roles.pop(), "") if len(roles) == 1 else ""


def pairs_of(records: Sequence[RunRecord]) -> VerifiedPairs | None:
    """A method's figures on its pairs; None where a record does not hold their classes, or these are too few."""
    compared = [*map(of_role, records)]
    if not (sides := sides_of(compared)) or not Identities(sides.same, sides.different).apart:
        return None
    identities = Identities(*with_unknown(sides.same, sides.different, failed_of(compared[0])))
    size = max(1, AT_ONCE // sum(map(len, scores_of(compared[0]))))
    scores = [scores_of(one) for one in compared]
    blocks = (scores[begin : begin + size] for begin in range(0, len(scores), size))
    ranks = (rank(*map(np.array, zip(*block, strict=True))) for block in blocks)
    figures = zip(*((area_of_pairs(one), equal_error_of_pairs(one)) for one in ranks), strict=True)
    area, error = (VerifiedFigure(sides.word, sides.names, identities, joined(each)) for each in figures)
    return VerifiedPairs(area, error, _right(records))


def _right(records: Sequence[RunRecord]) -> VerifiedFigure | None:
    """The accuracy on all pairs; None where a record has none, or the identities are too few."""
    if any(VERIFICATION not in one.accuracy for one in records):
        return None
    sides = sides_of(records)
    identities = Identities(sides.same, sides.different)
    if not identities.apart:
        return None
    right = np.array([one.accuracy[VERIFICATION] for one in records])
    figure = share_of_pairs(*np.split(right, [len(sides.same)], 1))
    return VerifiedFigure(sides.word, sides.names, identities, figure)
