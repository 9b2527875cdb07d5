"""`RunRecord`: what a run found, written once under its spec's id; everything volatile stands under `facts`."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fewshot.errors import RequestError
from fewshot.files import write_whole
from fewshot.spec import RunSpec, from_plain

LONG = 2000  # values of one kind of task, beyond which a record holds each different one once
VERSIONS = ("torch", "torchvision", "numpy", "pillow", "matplotlib", "pytorch-metric-learning", "learn2learn")


@dataclass(frozen=True)
class RunRecord:
    """One run: its spec, the accuracy of every episode, verification scores, curve, and digests of the images."""

    spec: RunSpec
    accuracy: dict[str, list[float]]
    same: list[float]
    different: list[float]
    curve: list[tuple[int, float, float | None]] = field(default_factory=list)
    kept: int = 0  # the step whose weights were evaluated
    digests: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)  # damaged images left out, by split; written if there are any
    facts: dict = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The spec's id."""
        return self.spec.id

    def plain(self) -> dict:
        """The record as plain values for JSON, rounded to what float32 holds."""
        return {
            "id": self.id,
            "spec": self.spec.plain(),
            "accuracy": {name: _packed(values) for name, values in self.accuracy.items()},
            "verification": {"same": _digits(self.same), "different": _digits(self.different)},
            "curve": [
                [step, *_digits([loss]), val if val is None else round(val, 6)] for step, loss, val in self.curve
            ],
            "kept": self.kept,
            "digests": self.digests,
            **({"skipped": self.skipped} if self.skipped else {}),
            "facts": self.facts,
        }


def to_text(record: RunRecord) -> str:
    """The record as JSON, one line a field."""
    lines = [f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in record.plain().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_record(file: Path) -> RunRecord:
    """The record in a file. Raises `RequestError` when it is not one, or not the one that its name says."""
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
        pairs = plain["verification"]
        curve = [tuple(row) for row in plain["curve"]]
        fields = {key: plain[key] for key in ("kept", "digests", "facts")}
        fields |= {"same": pairs["same"], "different": pairs["different"], "curve": curve}
        fields["skipped"] = plain.get("skipped", {})
        accuracy = {name: _unpacked(values) for name, values in plain["accuracy"].items()}
        record = RunRecord(from_plain(plain["spec"]), accuracy, **fields)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise RequestError(f"{file}: expected a run's record, got: {type(error).__name__}: {error}") from error
    if record.id != file.stem or plain["id"] != file.stem:
        raise RequestError(f"{file}: its spec has the id {record.id}, not the one in its name; records are not edited")
    return record


def read_records(results: Path) -> dict[str, RunRecord]:
    """All records under a results folder, by id."""
    return {file.stem: read_record(file) for file in sorted((results / "runs").rglob("*.json"))}


def record_file(results: Path, suite: str, spec: RunSpec) -> Path:
    """Where a record belongs: `runs/<suite>/<backbone>/<loss>/<id>.json`; a learner stands for what it goes without."""
    backbone, loss = (part.name.replace(":", "-") if part else None for part in (spec.backbone, spec.loss))
    row = (backbone or spec.learner.name, loss or (spec.learner.name if backbone else "none"))
    return results.joinpath("runs", suite, *row, f"{spec.id}.json")


def write_record(record: RunRecord, file: Path) -> None:
    """Write a record whole or not at all, and never over another."""
    write_whole(file, to_text(record).encode(), over=False)


def check_writable(results: Path) -> None:
    """Raise `RequestError` when records could not be written to this folder."""
    probe = results / f".probe-{os.getpid()}"
    try:
        results.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise RequestError(
            f"results folder {results}: expected a folder that can be written, got: {error.strerror}"
        ) from error


@lru_cache
def machine_facts() -> dict:
    """Versions, commit and a digest of the sources, as the process began: what numbers depend on beside the spec."""
    sources = hashlib.sha256()
    package = Path(__file__).parent
    for file in sorted(set(package.rglob("*.py")) - set((package / "paper_figures").glob("*"))):
        sources.update(f"{file.relative_to(package).as_posix()}\n".encode() + file.read_bytes())
    commit = _git("rev-parse", "HEAD")
    return {
        "python": sys.version.split()[0],
        "versions": _versions(),
        "commit": commit,
        "dirty": bool(_git("status", "--porcelain", "--", "fewshot", "benchmarks")) if commit else None,
        "sources": sources.hexdigest()[:16],
    }


def _versions() -> dict[str, str]:
    """Of what is installed of `VERSIONS`."""
    found = {}
    for name in VERSIONS:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _git(*command: str) -> str | None:
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", "-C", str(root), *command], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _packed(values: list[float]) -> list[float] | dict[str, list]:
    """The values or, of many, the different ones and which of them each is: 10,000 episodes know some 50 values."""
    values = [round(value, 6) for value in values]
    if len(values) <= LONG:
        return values
    different = [value for value, _ in Counter(values).most_common()]
    place = {value: number for number, value in enumerate(different)}
    return {"values": different, "each": [place[value] for value in values]}


def _unpacked(values: list[float] | dict[str, list]) -> list[float]:
    return [values["values"][number] for number in values["each"]] if isinstance(values, dict) else values


def _digits(values: list[float]) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
