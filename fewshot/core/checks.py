"""Checks of types, ranges, choices and sizes of images; each raises `RequestError` that names the value."""

import math
import sys
from collections.abc import Sequence
from types import UnionType
from typing import Any, NamedTuple, TypeAlias, get_args

from fewshot.core.errors import RequestError, unknown

POSITIVE = 1e-9  # the smallest scale or temperature
SIDE = 4096  # px of an image, at most
EXPECTED = "a number of pixels or a pair [height, width] of them"
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


def none_or_several(most: float, **given: int) -> None:
    """Check that each given number of tasks is 0, or at least 2, as an interval needs, and at most `most`."""
    between(0, most, **given)
    for name, value in given.items():
        if value == 1:
            raise RequestError(f"{name}: expected 0, or at least 2 for an interval, got 1", name)


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
    if not isinstance(value, int | float if kind is float else kind) or (
        isinstance(value, bool) and bool not in (kind, *get_args(kind))
    ):
        raise RequestError(f"{name}: expected {expected or getattr(kind, '__name__', kind)}, got {value!r}", *where)


def of_type(kind: type | UnionType, **given: object) -> None:
    """Check the type of each given value."""
    for name, value in given.items():
        check_type(name, value, kind)


class Oblong(NamedTuple):
    """The height and the width of images that are no squares.

    >>> print(Oblong(150, 220))
    150 × 220
    """

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.height} × {self.width}"


Size: TypeAlias = int | Oblong


def size_of(value: Any, most: int | None = SIDE) -> Size:
    """The size of a number of pixels or of a pair [height, width]; equal sides make one number.

    Raises `RequestError` for any other value and for a side that is not from 1 to `most`.

    >>> size_of([150, 220]), size_of([28, 28]), size_of(28)
    (Oblong(height=150, width=220), 28, 28)
    """
    pair = value if isinstance(value, list | tuple) else (value, value)
    if len(pair) != 2:
        raise RequestError(f"size: expected {EXPECTED}, got {value!r}", "size")
    for side in pair:
        check_type("size", side, int, "size", expected=EXPECTED)
        check_number("size", side, 1, most, "size")
    height, width = pair
    return height if height == width else Oblong(height, width)


def sides(size: Size) -> Oblong:
    """The height and the width of a size.

    >>> sides(28)
    Oblong(height=28, width=28)
    """
    return size if isinstance(size, Oblong) else Oblong(size, size)
