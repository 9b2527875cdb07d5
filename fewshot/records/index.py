"""An index of a results folder: the evaluation of each record, kept in the user's cache folder.

An entry is valid while the file's size, times and inode are unchanged. The index may be lost, damaged, stale or written
by several processes at once: missing entries are read from the records.
"""

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from fewshot.core.files import write_whole
from fewshot.core.spec.evaluation import Evaluation, evaluation_of
from fewshot.data.locations import cache_folder
from fewshot.records.record import RunRecord
from fewshot.records.store import record_files
from fewshot.records.stored.text import read_record

BEGUN = time.time_ns()  # before the process reads any record
NONE: Mapping[str, RunRecord] = MappingProxyType({})
FORMAT = b"fewshot index 3\n"
SETTLED = 2_000_000_000  # ns, the coarsest clock of a file system: changes of a younger file might not be visible


def read_evaluations(results: Path, known: Mapping[str, RunRecord] = NONE) -> dict[str, Evaluation]:
    """The evaluations in a results folder by record id; only new or changed records are read.

    Runs that make a known mistake are left out: they are no evaluations of a method.

    Records that are `known`, as this process has read them, are not read again where their files are older than it.
    Raises `RequestError` for a damaged record, as `read_record` does.
    """
    old, new, evaluations, begin = _read(results), {}, {}, time.time_ns()
    runs, files = str(results / "runs"), record_files(results)
    once = {name for name, many in Counter(file.stem for file in files).items() if many == 1}
    for file in files:
        name, now = str(file).removeprefix(runs), stamp(file)
        was, evaluation = old.get(name, (None, None))
        if now is None or was != now:
            there = now and file.stem in once and BEGUN - max(now[1:3]) > SETTLED
            record = (known.get(file.stem) if there else None) or read_record(file)
            evaluation = None if record.spec.pitfalls else evaluation_of(record.spec, record.classes)
        if evaluation:
            evaluations[file.stem] = evaluation
        if now and begin - max(now[1:3]) > SETTLED:
            new[name] = now, evaluation
    if new != old:
        with suppress(OSError, RuntimeError):  # the cache cannot be written, or there is no home folder
            write_whole(_file(results), _sealed(_to_text(new)))
    return evaluations


def stamp(file: Path) -> list[int] | None:
    """Values that change with a file's content: size, times of change (ns) and inode; None for a missing file."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _file(results: Path) -> Path:
    """The path of the index of a results folder. Raises `RuntimeError` for a user without a home folder."""
    return cache_folder() / "records" / f"{hashlib.sha256(os.fsencode(results.resolve())).hexdigest()[:16]}.json"


def _read(results: Path) -> dict[str, tuple[list[int], Evaluation | None]]:
    """Stamp and evaluation by file, as last written, None of a run that is none; empty without an undamaged index."""
    try:
        content = _file(results).read_bytes()
    except (OSError, RuntimeError):
        return {}
    text = content.partition(b"\n")[2]
    return _from_text(text) if content == _sealed(text) else {}


def _to_text(entries: dict[str, tuple[list[int], Evaluation | None]]) -> bytes:
    """JSON in which each evaluation stands once, as many records share one and its classes."""
    numbers = {one: number for number, one in enumerate(dict.fromkeys(one for _, one in entries.values() if one))}
    files = {name: [now, one and numbers[one]] for name, (now, one) in entries.items()}
    return json.dumps({"evaluations": [*numbers], "files": files}).encode()


def _from_text(text: bytes) -> dict[str, tuple[list[int], Evaluation | None]]:
    plain = json.loads(text)
    evaluations = [Evaluation(*rest, tuple(classes)) for *rest, classes in plain["evaluations"]]
    files = plain["files"].items()
    return {name: (now, None if number is None else evaluations[number]) for name, (now, number) in files}


def _sealed(text: bytes) -> bytes:
    return hashlib.sha256(FORMAT + text).hexdigest().encode() + b"\n" + text
