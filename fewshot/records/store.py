"""The results folder: paths of its files, and functions that find, read and write records."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

from fewshot.core.allocator import uncollected
from fewshot.core.errors import RequestError, some
from fewshot.core.files import SEAL, STEP, check_folder, claim, regular, remove_drafts, write_whole
from fewshot.core.notices import note
from fewshot.core.spec.run_spec import RunSpec, twin_of
from fewshot.records.kept import weights_file
from fewshot.records.record import RunRecord
from fewshot.records.sources import digest_of_sources
from fewshot.records.stored.seal import checked_before
from fewshot.records.stored.text import read_record, to_text

RESULTS = Path("results")  # the default folder of records
ID = re.compile(r"[0-9a-f]{12}")
RECORD = re.compile(rf"{ID.pattern}\.json")
UNFINISHED = re.compile(r"\.?([0-9a-f]{12})[-.].*")  # a checkpoint, a draft of one, or a lock


def record_file(results: Path, suite: str, spec: RunSpec) -> Path:
    """The path of a record: `runs/<suite>/<backbone>/<loss>/<id>.json`, with the learner for a missing part."""
    return results / "runs" / suite / _place(spec)


def record_files(results: Path) -> list[Path]:
    """The files of all records below `runs/`, sorted; of several with one name, callers use the last."""
    return _named_as_records(results / "runs")


def find_record(results: Path, spec: RunSpec) -> Path | None:
    """The file of a spec's record in any suite's folder, or None.

    It looks up one path a suite, so its cost does not grow with the records.
    """
    place, runs = _place(spec), results / "runs"
    suites = [name for name in os.listdir(runs) if not name.startswith(".")] if runs.is_dir() else []
    return max((file for name in suites if (file := runs / name / place).is_file()), key=str, default=None)


def read_records(results: Path) -> dict[str, RunRecord]:
    """All records in a results folder, by id."""
    return read_all(record_files(results))


def read_all(files: Iterable[Path]) -> dict[str, RunRecord]:
    """The records in files, by id; of several with one id the last counts. Only new contents are checked."""
    with uncollected(), checked_before() as checked:
        return {file.stem: read_record(file, checked) for file in files}


def records_below(folder: Path) -> list[RunRecord]:
    """The records of a results folder or of any other folder, in the files' order, without those of known mistakes.

    Raises `RequestError` for a folder that is missing or has no record.
    """
    if not folder.is_dir():
        raise RequestError(f"folder {folder}: expected a folder with records, it is not there")
    files = _named_as_records(folder / "runs" if (folder / "runs").is_dir() else folder)
    if not files:
        raise RequestError(f"folder {folder}: expected a folder with records, found none in it")
    if found := [record for record in read_all(files).values() if not record.spec.pitfalls]:
        return found
    raise RequestError(f"folder {folder}: expected results, got runs that make a known mistake alone, which are none")


def file_by_id(results: Path, name: str) -> Path | None:
    """The file of the record with an id; None where the folder has none."""
    return next((file for file in reversed(record_files(results)) if file.stem == name), None)


def find_by_id(results: Path, name: str) -> Path:
    """The file of the record with an id. Raises `RequestError` if the folder has none."""
    check_there(results)
    if file := file_by_id(results, name):
        return file
    raise RequestError(f"record {name}: expected one in {results / 'runs'}, found none")


def find_twin(results: Path | None, spec: RunSpec) -> RunRecord | None:
    """The record of the run on val whose pairs choose operating points for a network that has learned from val."""
    twin = twin_of(spec)
    file = find_record(results, twin) if results and twin else None
    return read_record(file) if file else None


def write_record(record: RunRecord, file: Path) -> None:
    """Write a record atomically, never over an existing one, and remove drafts of killed processes."""
    text = to_text(record)
    remove_drafts(file)
    write_whole(file, text.encode(), over=False)


def check_there(results: Path) -> None:
    """Raise `RequestError` for a results folder that is not there, or no folder."""
    if not results.is_dir():
        got = "it is no folder" if results.exists() else "it is not there; fewshot run makes one"
        raise RequestError(f"results folder {results}: expected records in it, {got}")


def check_writable(results: Path, suite: str, specs: Iterable[RunSpec] = ()) -> None:
    """Raise `RequestError` if the records of a suite, as of these specs, their checkpoints, networks or failures cannot
    be written to this folder, or would be hidden in it."""
    if suite.startswith("."):
        raise RequestError(f"suite {suite}: expected a name that does not begin with a dot, for a folder of records")
    specs = list(specs)
    files = [record_file(results, suite, spec) for spec in specs]
    used = (results / name for name in (f"runs/{suite}", "unfinished", "weights", "failed"))
    for folder in (*used, *sorted({file.parent for file in files})):
        try:
            check_folder(folder)
        except OSError as error:
            where = f"results folder {error.filename}"
            raise RequestError(f"{where}: expected a folder that can be written, got: {error.strerror}") from error
    for file in (*files, *(weights_file(results, spec.id) for spec in specs)):
        if file.is_dir():  # in its place none can be written
            raise RequestError(f"{file}: expected a file or a place for one, got a folder")


def unfinished(results: Path, spec: RunSpec, facts: dict) -> Path:
    """The path of the checkpoint of a cell; changed sources have another path, so that training starts again."""
    return results / "unfinished" / f"{spec.id}-{facts['sources']}.pt"


def step_reached(results: Path, spec: RunSpec, facts: dict) -> int:
    """The step at which a cell's checkpoint stands; 0 without one."""
    return step_of(unfinished(results, spec, facts))


def step_of(checkpoint: Path) -> int:
    """The step at which a checkpoint stands; 0 without one. Only its first bytes are read."""
    try:
        with regular(checkpoint).open("rb") as file:
            head = file.read(SEAL + STEP)
    except OSError:
        return 0
    return int.from_bytes(head[SEAL:], "big") if len(head) == SEAL + STEP else 0


def lock_file(results: Path, spec: RunSpec) -> Path:
    """The path of the lock that a process holds while it runs a cell."""
    return _lock(results, spec.id)


def sweep(results: Path) -> None:
    """Remove all that killed processes left of recorded cells, and checkpoints of other sources; none of a cell that a
    process holds.

    What cannot be removed stays, as in a folder that is only read.
    """
    left: dict[str, list[Path]] = {}
    for file in (*(results / "unfinished").glob("*"), *(results / "weights").glob(".*.draft")):
        if found := UNFINISHED.fullmatch(file.name):
            left.setdefault(found[1], []).append(file)
    if not left:
        return
    recorded, current = {file.stem for file in record_files(results)}, digest_of_sources()
    for draft in (results / "runs").rglob(".*.draft"):
        left.setdefault(draft.name[1:13], []).append(draft)
    for name, files in left.items():
        over = [one for one in files if name in recorded or (f"{name}-" in one.name and current not in one.name)]
        with suppress(OSError), claim(_lock(results, name)) if over else nullcontext(False) as mine:
            for file in over if mine else ():
                file.unlink(missing_ok=True)


def _place(spec: RunSpec) -> Path:
    backbone, loss = (part.name.replace(":", "-") if part else None for part in (spec.backbone, spec.loss))
    return Path(backbone or spec.learner.name, loss or (spec.learner.name if backbone else "none"), f"{spec.id}.json")


def _lock(results: Path, name: str) -> Path:
    return results / "unfinished" / f"{name}.lock"


def _named_as_records(folder: Path) -> list[Path]:
    """The files below a folder with an id for a name, sorted; a warning names other JSON files."""
    files = sorted(_json_below(str(folder)))
    named = [RECORD.fullmatch(os.path.basename(file)) for file in files]
    if foreign := [file for file, is_record in zip(files, named, strict=True) if not is_record]:
        shown = some(os.path.relpath(file, folder) for file in foreign)
        note(f"left out of {folder}, as a record's name is ID.json: {shown}")
    return [Path(file) for file, is_record in zip(files, named, strict=True) if is_record]


def _json_below(folder: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    """The JSON files below a folder, through links too; hidden files and folders are passed over."""
    if (own := os.path.realpath(folder)) in above:  # by a link to a folder that it is in
        return
    try:
        entries = [*os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            yield from _json_below(entry.path, (*above, own))
        elif entry.name.endswith(".json"):
            yield entry.path


def _is_folder(entry: os.DirEntry) -> bool:
    """Whether a name is of a folder; a link to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False
