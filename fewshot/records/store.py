"""The results folder: paths of records, checkpoints and locks, and functions that find, read and write records."""

import os
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.files import remove_drafts, write_whole
from fewshot.core.spec import RunSpec
from fewshot.records.record import RunRecord, read_record, to_text

RESULTS = Path("results")  # the default folder of records


def record_file(results: Path, suite: str, spec: RunSpec) -> Path:
    """The path of a record: `runs/<suite>/<backbone>/<loss>/<id>.json`, with the learner for a missing part."""
    backbone, loss = (part.name.replace(":", "-") if part else None for part in (spec.backbone, spec.loss))
    row = (backbone or spec.learner.name, loss or (spec.learner.name if backbone else "none"))
    return results.joinpath("runs", suite, *row, f"{spec.id}.json")


def record_files(results: Path) -> list[Path]:
    """The files of all records below `runs/`, sorted; of several with one name, callers use the last."""
    tree = os.walk(results / "runs")
    found = (os.path.join(folder, name) for folder, _, names in tree for name in names if name.endswith(".json"))
    return [Path(file) for file in sorted(found)]


def find_record(results: Path, spec: RunSpec) -> Path | None:
    """The file of a spec's record in any suite's folder, or None.

    It looks up one path a suite, so its cost does not grow with the records.
    """
    return max(results.glob(str(record_file(Path(), "*", spec))), default=None)


def read_records(results: Path) -> dict[str, RunRecord]:
    """All records in a results folder, by id."""
    return {file.stem: read_record(file) for file in record_files(results)}


def records_below(folder: Path) -> list[RunRecord]:
    """The records of a results folder, or of a folder whose JSON files are all records, in the files' order.

    Raises `RequestError` for a folder that is missing or has no record.
    """
    if not folder.is_dir():
        raise RequestError(f"folder {folder}: expected a folder with records, it is not there")
    files = record_files(folder) if (folder / "runs").is_dir() else sorted(folder.rglob("*.json"))
    if not files:
        raise RequestError(f"folder {folder}: expected a folder with records, found none in it")
    return list({file.stem: read_record(file) for file in files}.values())


def write_record(record: RunRecord, file: Path) -> None:
    """Write a record atomically, never over an existing one, and remove drafts of killed processes."""
    text = to_text(record)
    remove_drafts(file)
    write_whole(file, text.encode(), over=False)


def check_there(results: Path) -> None:
    """Raise `RequestError` for a results folder that is not there."""
    if not results.is_dir():
        raise RequestError(f"results folder {results}: expected records in it, it is not there; fewshot run makes one")


def check_writable(results: Path) -> None:
    """Raise `RequestError` if records cannot be written to this folder."""
    probe = results / f".probe-{os.getpid()}"
    try:
        results.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise RequestError(
            f"results folder {results}: expected a folder that can be written, got: {error.strerror}"
        ) from error


def unfinished(results: Path, spec: RunSpec, facts: dict) -> Path:
    """The path of the checkpoint of a cell; changed sources have another path, so that training starts again."""
    return results / "unfinished" / f"{spec.id}-{facts['sources']}.pt"


def lock_file(results: Path, spec: RunSpec) -> Path:
    """The path of the lock that a process holds while it runs a cell."""
    return results / "unfinished" / f"{spec.id}.lock"
