"""Errors for failed checks and for exceptions in a part's code, with the part's label."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from fewshot.core.errors import RequestError
from fewshot.core.part_code import calls_in, no_exit, reason
from fewshot.registry.source import PartInfo


class Breach(RequestError):
    """A failed check: the expectation and the finding; `blamed` adds the part's label."""

    def __init__(self, expected: str, got: str = "") -> None:
        super().__init__(f"expected {expected}{got and f', got {got}'}")


class Broken(RequestError):
    """An exception in a part's own code, kept as the cause."""


@contextmanager
def inside(given: str) -> Iterator[None]:
    """Raise `Broken` for an exception in this block, and a `RequestError` unchanged; `given` describes the inputs."""
    try:
        with no_exit():
            yield
    except RequestError:
        raise
    except Exception as error:
        raise Broken(f"{reason(error)} (given {given})") from error


@contextmanager
def blamed(entry: PartInfo, given: str = "") -> Iterator[None]:
    """Add the part's label to `Breach` and `Broken` errors of this block; to the latter also the line in its file.

    With `given`, exceptions become `Broken` as by `inside`.
    """
    try:
        with inside(given) if given else nullcontext():
            yield
    except Breach as error:
        raise RequestError(f"{entry.label}: {error}") from error
    except Broken as error:
        own = calls_in(error.__cause__, [entry.file])
        where = f"{entry.label}, line {own[-1].lineno}" if own else entry.label
        raise RequestError(f"{where}: {error}") from error.__cause__
