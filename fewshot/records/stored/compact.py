"""Short forms of long lists in a record's JSON: accuracies of episodes, class names and answers."""

import base64
import json
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, groupby, repeat
from string import ascii_letters, digits, punctuation

import numpy as np

from fewshot.records.answers import Answers, ClassCounts, Identified, PairClasses, PairList, Trials
from fewshot.records.stored.consistency import check_identified, check_list, check_pairs
from fewshot.records.stored.values import check_numbers, check_whole

LONG = 2000  # values of one kind of task; a longer list is stored as its distinct values and indices
SHARED = {"classes": "[]", "pair_classes": "{}"}  # lines of a record that others of its protocol have too
STEPS = 2**24 - 1  # of a score between the lowest and the highest: four letters
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


@lru_cache
def unpacked_names(text: str) -> tuple[str, ...]:
    """The class names that `packed_names` was given, of JSON; one object for all records with this text.

    Raises `ValueError` for names that come twice.
    """
    groups = json.loads(text)
    found = tuple(group + name for group, names in groups for name in names)
    if len({*found}) < len(found) or not all(type(names) is list for _, names in groups):
        raise ValueError("classes: expected lists of names, each name once")
    return found


def packed_answers(answers: Answers) -> dict:
    """Answers as plain values; confusions stand together by their times: [[9, [true, answered, true, answered]]]."""
    if isinstance(answers, Trials):
        return vars(answers)
    grouped: dict[float, list[int]] = {}
    for true, answered, times in answers.confusions:
        grouped.setdefault(times, []).extend((true, answered))
    return vars(answers) | {"confusions": [*map(list, grouped.items())]}


def unpacked_answers(plain: dict) -> Answers:
    """The answers that `packed_answers` was given."""
    if "scores" in plain:
        return Trials(**plain)
    by_times = (
        zip(flat[::2], flat[1::2], repeat(times, len(flat) // 2), strict=True) for times, flat in plain["confusions"]
    )
    return ClassCounts(**plain | {"confusions": [*chain(*by_times)]})


def packed_pairs(pairs: PairClasses) -> dict:
    """The classes of verification pairs as plain values."""
    return {"same": pairs.same, "different": [*map(list, pairs.different)]}


def cut_shared(text: str) -> tuple[str, dict[str, str]]:
    """A record's text without its `SHARED` lines, and their JSON by field."""
    found, lines = {}, text.split("\n")
    for name, (opening, closing) in SHARED.items():
        begin = f'  "{name}": '
        for place, line in enumerate(lines):
            if line.startswith(begin + opening) and line.endswith(f"{closing},"):
                found[name] = lines.pop(place)[len(begin) : -1]
                break
    return "\n".join(lines), found


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


def packed_identified(found: Identified) -> dict:
    """Probes of a gallery as plain values; a score takes four letters, its place between the lowest and the highest."""
    scores = np.array([found.own, found.other], float)
    low, high = float(scores.min()), float(scores.max())
    places = np.rint((scores - low) * (STEPS / (high - low) if high > low else 0)).astype(">u4")
    letters = (base64.b64encode(row.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()).decode() for row in places)
    plain = {"references": found.references, "identities": found.identities, "probes": found.probes}
    plain |= {"rank": packed([*found.rank], letters=True), "scores": [low, high]}
    return plain | dict(zip(("own", "other"), letters, strict=True))


def unpacked_identified(plain: dict, classes: int) -> Identified:
    """The probes that `packed_identified` was given. Raises `ValueError` for values that no gallery gives."""
    low, high = plain["scores"]
    check_numbers("scores of probes", plain["scores"])
    values = {name: _from_letters(plain[name], low, high) for name in ("own", "other")}
    found = Identified(plain["references"], plain["identities"], plain["probes"], unpacked(plain["rank"]), **values)
    check_identified(found, classes)
    return found


def _from_letters(text: str, low: float, high: float) -> list[float]:
    places = np.frombuffer(base64.b64decode(text, validate=True), np.uint8).reshape(-1, 3).astype(float)
    return (low + places @ (2.0**16, 2.0**8, 1.0) / STEPS * (high - low)).tolist()
