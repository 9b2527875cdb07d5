"""Ranges and choices that the values of a spec are held to."""

import math

from fewshot.core.errors import RequestError, at, unknown

POSITIVE = 1e-9  # the least that a scale or a temperature may be


def one_of(owner: object, **valid: tuple[str, ...]) -> None:
    """Each named field of `owner` is one of its valid values."""
    for name, values in valid.items():
        with at(name):
            if (value := getattr(owner, name)) not in values:
                raise unknown(name, str(value), values)


def between(least: float, most: float | None, **given: float) -> None:
    """Each given number is finite and from `least` to `most`."""
    for name, value in given.items():
        with at(name):
            if not least <= value <= (math.inf if most is None else most) or math.isinf(value):
                span = f"from {least} to {most}" if most is not None else f"of at least {least}"
                raise RequestError(f"{name}: expected a number {span}, got {value!r}")
