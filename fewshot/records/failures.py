"""Failed runs, kept beside the records with their reasons."""

import json
from collections.abc import Collection, Container, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

from fewshot.core.errors import NotFinite, RequestError
from fewshot.core.files import regular, write_whole
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.spec.stored import from_plain

FEW = 3  # specs whose failures are opened without a look at the folder
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Failure:
    """A spec that has no record, the reason, and a name of the attempt that no other has."""

    spec: RunSpec
    reason: str
    attempt: str = field(default_factory=lambda: uuid4().hex)


def diverged(reason: str) -> bool:
    """Whether a run failed because its numbers became infinite or NaN, which another run would repeat."""
    return reason.startswith(NotFinite.__name__)


def failure_file(results: Path, spec: RunSpec) -> Path:
    """The path of a spec's failure."""
    return results / "failed" / f"{spec.id}.json"


def failed_at(results: Path) -> dict[str, float]:
    """The times of the failures in a results folder by id, in seconds since 1970."""
    found = {}
    for file in (results / "failed").glob("*.json"):
        with suppress(OSError):  # recorded in between
            found[file.stem] = file.stat().st_mtime
    return found


def write_failure(results: Path, failure: Failure) -> None:
    """Write a failure, replacing an earlier one of the same spec."""
    plain = {"reason": failure.reason, "attempt": failure.attempt, "spec": failure.spec.plain()}
    text = "{\n" + ",\n".join(f'  "{key}": {json.dumps(value)}' for key, value in plain.items()) + "\n}\n"
    write_whole(failure_file(results, failure.spec), text.encode())


def attempts(results: Path, of: Collection[str]) -> dict[str, str]:
    """The attempts by id at which these specs have failed so far."""
    return {failure.spec.id: failure.attempt for failure in _failures(results, of)}


def read_failures(
    results: Path, of: Collection[str], before: Mapping[str, str] = NONE, lasting: Container[str] = ()
) -> dict[str, str]:
    """Reasons by id of the failures of these specs, at attempts that are not from `before`.

    Divergences of `lasting` ids count at any attempt.
    """
    return {
        failure.spec.id: failure.reason
        for failure in _failures(results, of)
        if failure.attempt != before.get(failure.spec.id) or (failure.spec.id in lasting and diverged(failure.reason))
    }


def _failures(results: Path, of: Collection[str]) -> Iterator[Failure]:
    folder = results / "failed"
    there = of if len(of) < FEW else {file.stem for file in folder.glob("*.json")}  # one look instead of many
    for file in [folder / f"{name}.json" for name in of if name in there]:
        try:
            plain = json.loads(regular(file).read_text(encoding="utf-8"))
            attempt = plain["attempt"] if "attempt" in plain else plain["when"]  # of older versions: a time
            if (spec := from_plain(plain["spec"])).id != file.stem:
                raise ValueError(f"a spec with the id {spec.id}, not the one in the file's name")
            failure = Failure(spec, str(plain["reason"]), str(attempt))
        except (FileNotFoundError, NotADirectoryError):  # no failure, or another process has just recorded the cell
            continue
        except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise RequestError(f"{file}: expected a failed run, got: {type(error).__name__}: {error}") from error
        yield failure
