"""`RequestError`, the one exception for a request that cannot be met, and the wording of its messages."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

MANY = 60  # valid names: too many to list beside the nearest


class RequestError(ValueError):
    """A wrong request or a wrong input; the message states what was expected and what was given.

    The command line prints the message and exits with code 2. `where` are the keys that lead to the wrong value, from
    the outermost table inwards: `RequestError("steps: expected int, got 'x'", "training", "steps")`.
    """

    def __init__(self, message: str, *where: str | int) -> None:
        super().__init__(message)
        self.where = where


class Lacking(RequestError):
    """A library that a part needs is not installed."""


class Elsewhere(Exception):
    """What made a run fail in another process that has a part in it: the message is the reason."""


class NotFinite(ArithmeticError):
    """A score or a loss is not a finite number: the run has diverged."""


@contextmanager
def at(*keys: str | int) -> Iterator[None]:
    """Put these keys before those of an error in this block."""
    try:
        yield
    except RequestError as error:
        error.where = (*keys, *error.where)
        raise


@contextmanager
def of_part(key: str, name: str) -> Iterator[None]:
    """Put an error in this block under the option that it names of the part `name`, or else under the part's `key`."""
    try:
        yield
    except RequestError as error:
        error.where = ("options", name, *error.where) if error.where else (key,)
        raise


def unknown(kind: str, name: str, valid: Iterable[str], *where: str | int) -> RequestError:
    """The error for a name that does not exist, with the nearest valid ones: `unknown("loss", "triplett", names)`."""
    valid = sorted(valid)
    near = " or ".join(get_close_matches(name, valid, n=3, cutoff=0.5))
    if near and len(valid) > MANY:
        hint = f", one of {len(valid)}: did you mean {near}?"
    else:
        hint = f": {f'did you mean {near}? ' if near else ''}expected one of {', '.join(valid) or '(none)'}"
    return RequestError(f"unknown {kind} {name!r}{hint}", *where)


def some(names: Iterable[str], limit: int = 3) -> str:
    """How many there are, and the first few: "20 (a, b, c, …)"."""
    names = list(names)
    return f"{len(names):,} ({', '.join(names[:limit])}{', …' if len(names) > limit else ''})"
