"""Promises that a part does not keep and exceptions in its code, and which part they are of."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from fewshot.core.errors import RequestError
from fewshot.core.part_code import calls_in, no_exit
from fewshot.registry.source import PartInfo


class Breach(RequestError):
    """A promise that a part does not keep: the expectation and the finding, before which `blamed` puts its label."""

    def __init__(self, expected: str, got: str = "") -> None:
        super().__init__(f"expected {expected}{got and f', got {got}'}")


class Broken(RequestError):
    """An exception in a part's own code, which is its cause."""


@contextmanager
def inside(given: str) -> Iterator[None]:
    """An exception in here is `Broken`; a `RequestError` stays one."""
    try:
        with no_exit():
            yield
    except RequestError:
        raise
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise Broken(f"{said} (given {given})") from error


@contextmanager
def blamed(entry: PartInfo, given: str = "") -> Iterator[None]:
    """Name the part in what it breaks in here, and the deepest line of its own file; with `given`, as `inside`."""
    try:
        with inside(given) if given else nullcontext():
            yield
    except Breach as error:
        raise RequestError(f"{entry.label}: {error}") from error
    except Broken as error:
        own = calls_in(error.__cause__, [entry.file])
        where = f"{entry.label}, line {own[-1].lineno}" if own else entry.label
        raise RequestError(f"{where}: {error}") from error.__cause__
