"""`RequestError`, the one exception for a request that cannot be met, and the wording of its messages."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

MANY = 60  # valid names: too many to list beside the nearest


class RequestError(ValueError):
    """What the user asked for or handed in is wrong; the message says what was expected and what came.

    The command line prints the message and exits with code 2. `where` are the keys that lead to what is wrong, from
    the outermost table inwards: `("training", "steps")`. Of what is refused while a part is made, `part` is its kind
    ("backbone") and `where` its option or nothing.
    """

    where: tuple[str | int, ...] = ()
    part: str = ""


class Lacking(RequestError):
    """A library that a part needs is not installed."""


class Elsewhere(Exception):
    """What made a run fail in another process that has a part in it: the message is the reason."""


class NotFinite(ArithmeticError):
    """A score or a loss is not a finite number: the run has diverged."""


@contextmanager
def at(*keys: str | int) -> Iterator[None]:
    """What is refused in this block stands under these keys."""
    try:
        yield
    except RequestError as error:
        error.where = (*keys, *error.where)
        raise


@contextmanager
def making(part: str) -> Iterator[None]:
    """What is refused in this block, and of no part yet, is refused of this one."""
    try:
        yield
    except RequestError as error:
        error.part = error.part or part
        raise


def unknown(kind: str, name: str, valid: Iterable[str]) -> RequestError:
    """The error for a name that does not exist, with the nearest valid ones: `unknown("loss", "triplett", names)`."""
    valid = sorted(valid)
    near = get_close_matches(name, valid, n=3, cutoff=0.5)
    if near and len(valid) > MANY:
        return RequestError(f"unknown {kind} {name!r}, one of {len(valid)}: did you mean {' or '.join(near)}?")
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return RequestError(f"unknown {kind} {name!r}: {hint}expected one of {', '.join(valid) or '(none)'}")


def some(names: Iterable[str], limit: int = 3) -> str:
    """How many there are, and the first few: "20 (a, b, c, …)"."""
    names = list(names)
    return f"{len(names):,} ({', '.join(names[:limit])}{', …' if len(names) > limit else ''})"
