"""Short forms of long lists in a record's JSON: accuracies of episodes, class names and answers."""

import json
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from string import ascii_letters, digits, punctuation

from fewshot.records.answers import (
    Answers,
    ClassCounts,
    PairClasses,
    PairList,
    Trials,
    check_answers,
    check_list,
    check_pairs,
)
from fewshot.records.values import check_whole

LONG = 2000  # values of one kind of task; a longer list is stored as its distinct values and indices
PAIRS = '\n  "pair_classes": '  # begins a line of a record
LETTERS = (ascii_letters + digits + punctuation).translate({ord(mark): None for mark in '"\\'})


def packed(values: list[float], letters: bool) -> list[float] | dict[str, list | str]:
    """Values or, if there are many, distinct ones and indices into them: 10,000 episodes have some 50 values.

    With `letters`, indices are one of `LETTERS` each where there are enough of these.
    """
    values = [round(value, 6) for value in values]
    if len(values) <= LONG:
        return values
    different = [value for value, _ in Counter(values).most_common()]
    place = {value: number for number, value in enumerate(different)}
    each = [place[value] for value in values]
    short = letters and len(different) <= len(LETTERS)
    return {"values": different, "each": "".join(LETTERS[number] for number in each) if short else each}


def unpacked(values: list[float] | dict[str, list | str]) -> list[float]:
    """The values that `packed` was given. Raises `ValueError` for indices of no value."""
    if not isinstance(values, dict):
        return values
    different, each = values["values"], values["each"]
    if isinstance(each, str):
        by_letter = dict(zip(LETTERS, different, strict=False))
        return [by_letter[letter] for letter in each]
    check_whole("each", each, len(different))
    return [different[number] for number in each]


def packed_names(names: Sequence[str]) -> list[list[str | list[str]]]:
    """Class names in order, those of one group together: [["Greek/", ["character01", "character02"]]]."""
    parts = [("".join(name.rpartition("/")[:2]), name.rpartition("/")[2]) for name in names]
    return [[group, [last for _, last in some]] for group, some in groupby(parts, lambda part: part[0])]


def unpacked_names(groups: Sequence[Sequence[str | list[str]]]) -> tuple[str, ...]:
    """The class names that `packed_names` was given. Raises `ValueError` for names that come twice."""
    found = tuple(group + name for group, names in groups for name in names)
    if len({*found}) < len(found) or not all(type(names) is list for _, names in groups):
        raise ValueError("classes: expected lists of names, each name once")
    return _shared(found)


def packed_answers(answers: Answers) -> dict:
    """Answers as plain values; confusions stand together by their times: [[9, [true, answered, true, answered]]]."""
    if isinstance(answers, Trials):
        return vars(answers)
    grouped: dict[float, list[int]] = {}
    for true, answered, times in answers.confusions:
        grouped.setdefault(times, []).extend((true, answered))
    return vars(answers) | {"confusions": [*map(list, grouped.items())]}


def unpacked_answers(plain: dict, classes: int, accuracy: Sequence[float]) -> Answers:
    """The answers that `packed_answers` was given. Raises `ValueError` where they do not fit classes or accuracies."""
    if "scores" in plain:
        found = Trials(**plain)
    else:
        pairs = [
            (*pair, times) for times, flat in plain["confusions"] for pair in zip(flat[::2], flat[1::2], strict=True)
        ]
        found = ClassCounts(**plain | {"confusions": pairs})
    check_answers(found, classes, accuracy)
    return found


def packed_pairs(pairs: PairClasses) -> dict:
    """The classes of verification pairs as plain values."""
    return {"same": pairs.same, "different": [*map(list, pairs.different)]}


def cut_pairs(text: str) -> tuple[str, str]:
    """A record's text without the line of its pairs' classes, and their JSON; "" where the text has no such line."""
    begin = text.find(PAIRS)
    end = text.find(",\n", begin + len(PAIRS))
    pairs = text[begin + len(PAIRS) : end] if 0 <= begin < end else ""
    return (text[:begin] + text[end + 1 :], pairs) if pairs[:1] + pairs[-1:] == "{}" else (text, "")


@lru_cache
def unpacked_pairs(text: str, classes: int, same: int, different: int, named: bool = False) -> PairClasses | None:
    """The classes of so many verification pairs in JSON, if there are any; one object for all records with this text.

    They are drawn, or `named` by a list. Raises `ValueError` where they do not fit.
    """
    if not (plain := json.loads(text)):
        return None
    found = PairClasses(plain["same"], [*map(tuple, plain["different"])])
    check_pairs(found, classes, same, different, named=named)
    return found


def packed_list(notes: PairList) -> dict:
    """The notes on named pairs as plain values; folds and roles as runs of one value: [["1", 300], ["2", 300]]."""
    runs = {key: [[value, len([*some])] for value, some in groupby(getattr(notes, key))] for key in ("folds", "roles")}
    return {key: value for key, value in (runs | {"failed": notes.failed}).items() if value}


def unpacked_list(plain: dict, pairs: int) -> PairList | None:
    """The notes that `packed_list` was given, if there are any. Raises `ValueError` where they do not fit the pairs."""
    if not plain:
        return None
    if strange := plain.keys() - {"folds", "roles", "failed"}:
        raise ValueError(f"pair_list: expected folds, roles and failed, got {min(strange)} too")
    each = {}
    for key in ("folds", "roles"):
        runs = plain.get(key, ())
        check_whole("pair_list", [times for _, times in runs], pairs + 1)
        if runs and sum(times for _, times in runs) != pairs:
            raise ValueError(f"pair_list: expected {key} of {pairs} pairs")
        each[key] = tuple(value for value, times in runs for _ in range(times))
    found = PairList(**each, failed=plain.get("failed", {}))
    check_list(found)
    return found


@lru_cache
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, one object for all records with the same ones."""
    return names
