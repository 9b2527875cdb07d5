"""The identities of verification pairs, and a method's figures on them: accuracy, ROC area and equal error rate."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

import numpy as np

from fewshot.core.spec.names import CALLED, FORGED, RANDOM, VERIFICATION
from fewshot.core.statistics.influences import PairFigure, area_of_pairs, equal_error_of_pairs, joined, share_of_pairs
from fewshot.core.statistics.pairs import Identities, Share
from fewshot.core.statistics.ranks import rank
from fewshot.data.class_lists.names import group_of, unturned
from fewshot.records.record import RunRecord
from fewshot.reporting.comparisons.units import ENOUGH, Units, word_of

AT_ONCE = 2**16  # scores that are ranked together: their arrays stay in a processor's cache


@dataclass(frozen=True)
class VerifiedPairs:
    """Figures of a method's trainings on the same pairs, with the groups or classes that are the identities."""

    word: str
    names: tuple[str, ...]
    identities: Identities
    area: PairFigure
    equal_error: PairFigure
    right: PairFigure | None  # of accuracy, where the protocol measures it
    _intervals: dict[int, Share] = field(default_factory=dict, init=False, repr=False, compare=False)

    def interval(self, figure: PairFigure) -> Share:
        """The figure's mean with its interval over trainings and identities."""
        if id(figure) not in self._intervals:
            self._intervals[id(figure)] = self.identities.interval(figure)
        return self._intervals[id(figure)]

    def units(self, figure: PairFigure) -> Units:
        """The figure's values on each identity."""
        return Units(self.word, self.names, self.identities.values(figure))


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
    """The record with the different-class pairs of one kind of forgery alone, where it has skilled and random ones and
    measures no accuracy on them."""
    notes = record.pair_list
    if not notes or {*notes.roles} - {""} != {FORGED, RANDOM} or VERIFICATION in record.accuracy:
        return record
    kept = [one == role for one in notes.roles[len(record.same) :]]
    classes = record.pair_classes and replace(
        record.pair_classes, different=[*compress(record.pair_classes.different, kept)]
    )
    roles = notes.roles[: len(record.same)] + (role,) * sum(kept)
    folds = (*compress(notes.folds, [True] * len(record.same) + kept),)
    different, notes = [*compress(record.different, kept)], replace(notes, roles=roles, folds=folds)
    return replace(record, different=different, pair_classes=classes, pair_list=notes)


def forgeries_of(record: RunRecord) -> str:
    """The kind of forgery that all different pairs of a record are of, in words; "" for other pairs."""
    roles = {*record.pair_list.roles[len(record.same) :]} if record.pair_list else set()
    return CALLED.get(roles.pop(), "") if len(roles) == 1 else ""


def pairs_of(records: Sequence[RunRecord]) -> VerifiedPairs | None:
    """A method's figures on its pairs; None where a record does not hold their classes, or these are too few."""
    if not (sides := sides_of(records)):
        return None
    identities, right = Identities(sides.same, sides.different), None
    if not identities.apart:
        return None
    size = max(1, AT_ONCE // (len(sides.same) + len(sides.different)))
    blocks = (records[begin : begin + size] for begin in range(0, len(records), size))
    ranks = (rank([one.same for one in block], [one.different for one in block]) for block in blocks)
    figures = [(area_of_pairs(one), equal_error_of_pairs(one)) for one in ranks]
    if all(VERIFICATION in one.accuracy for one in records):
        right = share_of_pairs(
            *np.split(np.array([one.accuracy[VERIFICATION] for one in records]), [len(sides.same)], 1)
        )
    return VerifiedPairs(
        sides.word,
        sides.names,
        identities,
        *map(joined, zip(*figures, strict=True)),
        right,
    )
