"""The line of a TOML file that a message is about."""

import tomllib
from dataclasses import dataclass, field
from itertools import product

from fewshot.core.errors import RequestError

# What may close the arrays and inline tables that go on after a line.
_CLOSERS = ["".join(closer) for length in range(6) for closer in product("]}", repeat=length)]


@dataclass(frozen=True)
class Origin:
    """A suite's file and text, and the options of the command line that changed what stands under some keys."""

    name: str
    text: str
    changed: dict[tuple[str | int, ...], str] = field(default_factory=dict)

    def refusal(self, error: RequestError) -> RequestError:
        """The error with the file and the line, or the option, that says what it refuses."""
        where, place = error.where, ""
        for keys, option in reversed(self.changed.items()):
            if where and (keys == where[: len(keys)] or where == keys[: len(where)]):
                place = f", {option}"
                break
        else:
            line = line_of(self.text, where)
            place = f", line {line}" if line else ""
        return RequestError(f"suite {self.name}{place}: {error}")


def line_of(text: str, where: tuple[str | int, ...]) -> int | None:
    """The line, from 1, where the value under these keys stands, or the nearest table or list around it.

    A value is there from the first line on whose text, up to that line, has it: no position is asked of the parser,
    which gives none. None when not even the first key is there.
    """
    lines, found, deepest = text.split("\n"), None, 0
    for number in range(1, len(lines) + 1):
        depth = _depth(_begun("\n".join(lines[:number])), where)
        if depth > deepest:
            found, deepest = number, depth
        if depth == len(where):
            break
    return found


def _begun(text: str) -> dict:
    """What the beginning of a text says so far."""
    for closer in _CLOSERS:
        try:
            return tomllib.loads(f"{text}\n{closer}")
        except tomllib.TOMLDecodeError:
            continue
    return {}


def _depth(value: object, where: tuple[str | int, ...]) -> int:
    """How many of the keys lead somewhere."""
    for depth, key in enumerate(where):
        inside = isinstance(value, dict) and key in value
        inside |= isinstance(value, list) and isinstance(key, int) and key < len(value)
        if not inside:
            return depth
        value = value[key]
    return len(where)
