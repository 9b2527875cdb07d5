"""`RequestError`, raised for every request that cannot be met, and helpers that word its messages."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

MANY = 60  # valid names; if there are more, a message shows only the nearest


class RequestError(ValueError):
    """A wrong request or input; the message gives the expected and the given value.

    The command line prints the message, in one line, and exits with code 2. `where` are the keys that lead to the wrong
    value, from the outermost table inwards: `RequestError("steps: expected int, got 'x'", "training", "steps")`.
    """

    def __init__(self, message: str, *where: str | int) -> None:
        super().__init__(one_line(message))
        self.where = where


class Lacking(RequestError):
    """A library that a part needs is not installed."""


class OtherRankFailed(Exception):
    """A failure of another process of the same run; the message is its reason."""


class NotFinite(ArithmeticError):
    """A score or a loss is not a finite number: the run has diverged."""


@contextmanager
def at(*keys: str | int) -> Iterator[None]:
    """Prefix these keys to those of any `RequestError` raised in this block."""
    try:
        yield
    except RequestError as error:
        error.where = (*keys, *error.where)
        raise


@contextmanager
def of_part(key: str, name: str) -> Iterator[None]:
    """Locate a `RequestError` of this block: at the option of part `name` that it names, otherwise at `key`."""
    try:
        yield
    except RequestError as error:
        error.where = ("options", name, *error.where) if error.where else (key,)
        raise


def one_line(text: str) -> str:
    r"""The text with escapes for ends of lines and for other characters that cannot be printed.

    >>> print(one_line("a\nb"))
    a\nb
    """
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def unknown(kind: str, name: str, valid: Iterable[str], *where: str | int) -> RequestError:
    """The error for an unknown name, with the nearest valid ones: `unknown("loss", "triplett", names)`."""
    valid = sorted(valid)
    near = " or ".join(get_close_matches(name, valid, n=3, cutoff=0.5))
    if near and len(valid) > MANY:
        hint = f", one of {len(valid)}: did you mean {near}?"
    else:
        hint = f": {f'did you mean {near}? ' if near else ''}expected one of {', '.join(valid) or '(none)'}"
    return RequestError(f"unknown {kind} {name!r}{hint}", *where)


def some(names: Iterable[str], limit: int = 3) -> str:
    """The number of names and the first few of them: "20 (a, b, c, …)"."""
    names = list(names)
    return f"{len(names):,} ({', '.join(names[:limit])}{', …' if len(names) > limit else ''})"
