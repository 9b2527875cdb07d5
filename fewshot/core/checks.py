"""Checks of types, ranges and choices; each raises `RequestError` that names the value."""

import math
import sys
from collections.abc import Sequence
from types import UnionType

from fewshot.core.errors import RequestError, unknown

POSITIVE = 1e-9  # the smallest scale or temperature
WIDEST = 2**16  # filters or units of a layer: no machine holds a network of wider ones


def one_of(owner: object, **valid: tuple[str, ...]) -> None:
    """Check that each named field of `owner` has one of its valid values."""
    for name, values in valid.items():
        if (value := getattr(owner, name)) not in values:
            raise unknown(name, str(value), values, name)


def between(least: float, most: float | None, **given: float | Sequence[float]) -> None:
    """Check that each given number, or number of a list, is finite and between `least` and `most`, both included."""
    for name, value in given.items():
        for number in value if isinstance(value, Sequence) else [value]:
            check_number(name, number, least, most, name)


def at_most(most: float, **given: float) -> None:
    """Check that each given number is no larger than `most`, a limit that only mistakes exceed."""
    for name, value in given.items():
        if value > most:
            raise RequestError(f"{name}: expected at most {most:,}, got {value:,}", name)


def check_number(name: str, value: float, least: float, most: float | None, *where: str) -> None:
    """Check that a number is one that a float holds and between `least` and `most`, both included; `where` are the
    error's keys."""
    if not least <= value <= (math.inf if most is None else most) or abs(value) > sys.float_info.max:
        span = f"from {least} to {most}" if most is not None else f"of at least {least}"
        raise RequestError(f"{name}: expected a number {span}, got {value!r}", *where)


def check_type(name: str, value: object, kind: type | UnionType, *where: str | int, expected: str = "") -> None:
    """Check the type of a value. An int passes as a float, a bool only as a bool."""
    if not isinstance(value, int | float if kind is float else kind) or (isinstance(value, bool) and kind is not bool):
        raise RequestError(f"{name}: expected {expected or getattr(kind, '__name__', kind)}, got {value!r}", *where)


def of_type(kind: type | UnionType, **given: object) -> None:
    """Check the type of each given value."""
    for name, value in given.items():
        check_type(name, value, kind)
