"""Types, ranges and choices that the values of a spec are held to."""

import math
from types import UnionType

from fewshot.core.errors import RequestError, unknown

POSITIVE = 1e-9  # the least that a scale or a temperature may be


def one_of(owner: object, **valid: tuple[str, ...]) -> None:
    """Each named field of `owner` is one of its valid values."""
    for name, values in valid.items():
        if (value := getattr(owner, name)) not in values:
            raise unknown(name, str(value), values, name)


def between(least: float, most: float | None, **given: float) -> None:
    """Each given number is finite and from `least` to `most`."""
    for name, value in given.items():
        check_number(name, value, least, most, name)


def check_number(name: str, value: float, least: float, most: float | None, *where: str) -> None:
    """A number is finite and from `least` to `most`; `where` are the keys of the error."""
    if not least <= value <= (math.inf if most is None else most) or math.isinf(value):
        span = f"from {least} to {most}" if most is not None else f"of at least {least}"
        raise RequestError(f"{name}: expected a number {span}, got {value!r}", *where)


def check_type(name: str, value: object, kind: type | UnionType, *where: str | int, expected: str = "") -> None:
    """A value is of a type; a whole number is a float too, and a truth value is no number."""
    if not isinstance(value, int | float if kind is float else kind) or (isinstance(value, bool) and kind is not bool):
        raise RequestError(f"{name}: expected {expected or kind.__name__}, got {value!r}", *where)
