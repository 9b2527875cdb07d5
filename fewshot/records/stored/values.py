"""Checks of the values in a record's JSON: types, ranges and lengths."""

import math
import re
import sys
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any

from fewshot.core.spec.names import CALLED

LARGEST = sys.float_info.max
FIELDS = {
    "id": str, "format": int, "spec": dict, "accuracy": dict, "classes": list, "answers": dict, "verification": dict,
    "pair_classes": dict, "pair_list": dict, "identified": list, "references": dict, "points": dict,
    "calibration": list, "chosen_by": str, "rule": str, "curve": list, "kept": int, "digests": dict, "skipped": dict,
    "left_out": dict, "damaged": dict,
    "sha256": str, "facts": dict,
}  # fmt: skip
ALWAYS = ("id", "spec", "accuracy", "verification", "curve", "kept", "digests", "facts")  # fields of every record
FACTS = {
    "started": (str,), "python": (str,), "sources": (str,), "device": (str,), "processor": (str,), "resumed": (bool,),
    "commit": (str, NoneType), "dirty": (bool, NoneType), "cuda": (str, NoneType), "threads": (int,),
    "instructions": (str,), "processes": (int,), "versions": (dict,), "looks": (list,), "first_loss": (dict,),
    "same_loss": (list,), "shortcuts": (list,), "trained_here": (list,),
}  # fmt: skip
NUMBERS = {"seconds": 0.0, "offset": 0.0, "parameters": 0}  # facts, and their least values


def check_numbers(name: str, values: object, least: float = -LARGEST, most: float = LARGEST) -> None:
    """Raise `ValueError` for anything but a list of numbers from `least` to `most`, which are finite."""
    if type(values) is list:
        kinds = [*map(type, values)]
        floats = kinds.count(float)
        if floats == len(kinds) and most - least == math.inf and math.isfinite(sum(values)):  # the common case, soon
            return
        if floats + kinds.count(int) == len(kinds) and (not values or (least <= min(values) and max(values) <= most)):
            return
        values = next(one for one in values if type(one) not in (int, float) or not least <= one <= most)
    span = "finite numbers" if most == LARGEST else f"numbers from {least} to {most}"
    raise ValueError(f"{name}: expected {span}, got {_short(values)}")


def check_whole(name: str, values: Sequence[object], below: int) -> None:
    """Raise `ValueError` for anything but whole numbers from 0 that are less than `below`."""
    if {int}.issuperset(map(type, values)) and (not values or (min(values) >= 0 and max(values) < below)):
        return
    wrong = next(one for one in values if type(one) is not int or not 0 <= one < below)
    raise ValueError(f"{name}: expected whole numbers from 0 to {below - 1}, got {_short(wrong)}")


def check_fields(plain: Mapping[str, Any]) -> None:
    """Raise `ValueError` for fields that are missing, unknown or of another type, their lists of numbers left aside."""
    for name in ALWAYS:
        if name not in plain:
            raise ValueError(f"expected the field {name}, got none")
    for name, value in plain.items():
        if name not in FIELDS:
            raise ValueError(f"expected the fields of a record, got {name} too")
        _check_type(name, value, FIELDS[name])
    if not plain["accuracy"]:
        raise ValueError("accuracy: expected a kind of task, got none")
    for name, kind in (("skipped", int), ("left_out", int), ("damaged", list), ("digests", str)):
        for key, value in plain.get(name, {}).items():
            _check_type(f"{name} of {key}", value, kind)
    if wrong := [one for one in plain["digests"].values() if not re.fullmatch("[0-9a-f]{64}", one)]:
        raise ValueError(f"digests: expected a SHA-256, got {_short(wrong[0])}")
    _check_facts(plain["facts"])


def check_curve(curve: Sequence[object], kept: int) -> None:
    """Raise `ValueError` for rows that are not of rising steps, a loss and a share or None, and a kept step of none."""
    for row in curve:
        if type(row) is not list or len(row) != 3 or type(row[0]) is not int:
            raise ValueError(f"curve: expected rows of a step, a loss and an accuracy, got {_short(row)}")
        check_numbers("curve", row[1:2])
        check_numbers("curve", [one for one in row[2:] if one is not None], 0, 1)
    steps = [row[0] for row in curve]
    if steps != sorted({*steps}) or min(steps, default=0) < 0 or kept not in (steps or (0,)):
        raise ValueError(f"curve: expected rising steps, and {_short(kept)}, the step that was kept, among them")


def check_chosen(plain: Mapping[str, Any]) -> None:
    """Raise `ValueError` for operating points or a calibration that were not chosen on val for a test, or are no
    numbers."""
    points, calibration, by, rule = (plain.get(name) for name in ("points", "calibration", "chosen_by", "rule"))
    if points is calibration is by is rule is None:
        return
    if plain["spec"].get("stage") != "test" or not points or not calibration or len(calibration) != 2:
        raise ValueError("points: expected thresholds and a calibration of slope and offset, at stage test alone")
    check_numbers("points", [*points.values()])
    check_numbers("calibration", calibration)
    check_numbers("slope of calibration", calibration[:1], 0)
    if by is not None and not re.fullmatch("[0-9a-f]{12}", by):
        raise ValueError(f"chosen_by: expected the id of a run, got {_short(by)}")
    if rule is not None and not rule.isidentifier():
        raise ValueError(f"rule: expected the name of one, got {_short(rule)}")


def check_references(references: Mapping[str, Any], classes: int) -> None:
    """Raise `ValueError` for anything but equal errors by role, rule and number of references, a value for each of so
    many classes."""
    for role, rules in references.items():
        if role not in CALLED:
            raise ValueError(f"references: expected {' or '.join(CALLED)} probes, got {_short(role)}")
        _check_type(f"references, {role}", rules, dict)
        for rule, numbers in rules.items():
            _check_type(f"references, {rule}", numbers, dict)
            for number, values in numbers.items():
                check_numbers(f"{number} references", values)
                fits = number.isdecimal() and int(number) and 0 < len(values) == classes
                if not fits or not -1e-5 <= sum(values) / classes <= 0.5 + 1e-5:
                    raise ValueError(f"references: expected an equal error of {classes} classes, got {_short(values)}")


def _check_facts(facts: Mapping[str, Any]) -> None:
    """Raise `ValueError` for facts of another type than a run's; any may be missing, and there may be others."""
    for name, kind in FACTS.items():
        if name in facts:
            _check_type(name, facts[name], *kind)
    for name, least in NUMBERS.items():
        if name in facts:
            check_numbers(name, [facts[name]], least)
    for name, version in facts.get("versions", {}).items():
        _check_type(f"version of {name}", version, str)
    for sentence in facts.get("shortcuts", ()):
        _check_type("shortcuts", sentence, str)
    for look in facts.get("looks", ()):
        check_numbers("looks", [look[key] for key in ("step", "offset") if key in look], 0)
        check_numbers("looks", [look[key] for key in ("rank1", "chance")], 0, 1)
        check_numbers("looks", [look["cosine"]])
    if "first_loss" in facts:
        check_numbers("first_loss", [facts["first_loss"][key] for key in ("loss", "chance")])


def _check_type(name: str, value: object, *kinds: type) -> None:
    if type(value) not in kinds:
        raise ValueError(f"{name}: expected {' or '.join(kind.__name__ for kind in kinds)}, got {_short(value)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
