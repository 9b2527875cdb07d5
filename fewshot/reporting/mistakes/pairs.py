"""The hardest verification pairs: same-class pairs with the lowest scores, different-class pairs with the highest."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from fewshot.core.spec.names import VERIFICATION
from fewshot.core.statistics.operating_points import EQUAL, choose_points
from fewshot.records.record import RunRecord
from fewshot.reporting.mistakes.page import Images, Row, Section, digits, shown

Judged = tuple[float, tuple[int, int], bool]  # a pair's score and images, and whether it is judged wrongly


@dataclass(frozen=True)
class Verdict:
    """The pairs that are judged wrongly at a threshold: those that score less count as of two classes."""

    threshold: float
    named: str
    same: list[bool]
    different: list[bool]


def judged(record: RunRecord) -> Verdict:
    """The verdict at the record's own threshold, chosen on val, or else where both kinds of error are nearest."""
    same, different = np.asarray(record.same), np.asarray(record.different)
    if right := record.accuracy.get(VERIFICATION):
        wrong = np.array(right) < 0.5
        missed, alarms = wrong[: len(same)], wrong[len(same) :]
        accepted = np.concatenate([same[~missed], different[alarms]])
        by_fold = record.pair_list and len({*record.pair_list.folds}) > 1
        named = (
            "the lowest of the thresholds, each the best on all folds but one"
            if by_fold
            else "the threshold that is best on val"
        )
        threshold = accepted.min(initial=np.inf)
    else:
        on_val = EQUAL in record.points
        threshold = (record.points if on_val else choose_points(same, different))[EQUAL]
        named = f"the threshold of equal error{' on val' if on_val else ''}"
        missed, alarms = same < threshold, different >= threshold
    return Verdict(float(threshold), named, missed.tolist(), alarms.tolist())


def pair_sections(record: RunRecord, images: Images, number: int) -> tuple[Section, Section]:
    """The `number` hardest pairs of one class, and of two classes, the hardest first."""
    found = judged(record)
    one_class = zip(record.same, images.same, found.same, strict=True)
    two_classes = zip(record.different, images.different, found.different, strict=True)
    limit = f"{digits(found.threshold)}, {found.named}"
    return (
        _section("one class", f"wrong below {limit}", sorted(one_class), images, number),
        _section("two classes", f"wrong at or above {limit}", sorted(two_classes, reverse=True), images, number),
    )


def _section(kind: str, note: str, pairs: list[Judged], images: Images, number: int) -> Section:
    """A section of sorted pairs, in which the same two images stand once."""
    times = Counter(frozenset(pair) for _, pair, _ in pairs)
    once: dict[frozenset[int], Judged] = {}
    for one in pairs:
        once.setdefault(frozenset(one[1]), one)
    rows = tuple(_row(images, *one, times[pair]) for pair, one in list(once.items())[:number])
    wrong = sum(wrong for *_, wrong in pairs)
    title = f"Verification: {wrong:,} of {len(pairs):,} pairs of {kind} wrong"
    return Section(title, f"{note}; {shown(number, len(once), 'the hardest first')}", rows)


def _row(images: Images, score: float, pair: tuple[int, int], wrong: bool, times: int) -> Row:
    names = " and ".join(dict.fromkeys(images.classes[images.label[image]] for image in pair))
    often = f", drawn {times:,} times" if times > 1 else ""
    text = f"{names}: score {digits(score)}, {'wrong' if wrong else 'right'}{often}"
    short = f"{digits(score)}, {'wrong' if wrong else 'right'}"
    return Row(text, short, tuple(images.picture("", image, wrong=wrong) for image in pair))
