"""Failed runs, kept beside the records with their reasons."""

import json
from collections.abc import Collection, Container
from dataclasses import dataclass
from pathlib import Path

from fewshot.core.errors import NotFinite, RequestError
from fewshot.core.files import write_whole
from fewshot.core.spec import RunSpec, from_plain


@dataclass(frozen=True)
class Failure:
    """A spec that has no record, the reason, and when (seconds since 1970) it failed."""

    spec: RunSpec
    reason: str
    when: float


def diverged(reason: str) -> bool:
    """Whether a run failed because its numbers became infinite or NaN, which another run would repeat."""
    return reason.startswith(NotFinite.__name__)


def failure_file(results: Path, spec: RunSpec) -> Path:
    """The path of a spec's failure."""
    return results / "failed" / f"{spec.id}.json"


def write_failure(results: Path, failure: Failure) -> None:
    """Write a failure, replacing an earlier one of the same spec."""
    plain = {"reason": failure.reason, "when": failure.when, "spec": failure.spec.plain()}
    text = "{\n" + ",\n".join(f'  "{key}": {json.dumps(value)}' for key, value in plain.items()) + "\n}\n"
    write_whole(failure_file(results, failure.spec), text.encode())


def read_failures(
    results: Path, of: Collection[str], since: float = 0.0, lasting: Container[str] = ()
) -> dict[str, str]:
    """Reasons by id of the failures of these specs: those at or after `since`, and divergences of `lasting` ids."""
    found = {}
    for file in [results / "failed" / f"{name}.json" for name in of]:
        try:
            plain = json.loads(file.read_text(encoding="utf-8"))
            failure = Failure(from_plain(plain["spec"]), str(plain["reason"]), float(plain["when"]))
        except (FileNotFoundError, NotADirectoryError):  # no failure, or another process has just recorded the cell
            continue
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RequestError(f"{file}: expected a failed run, got: {type(error).__name__}: {error}") from error
        if failure.when >= since or (failure.spec.id in lasting and diverged(failure.reason)):
            found[failure.spec.id] = failure.reason
    return found
