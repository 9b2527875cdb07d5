"""An index of a results folder: the data set, protocol and stage of each record, kept in the user's cache folder.

A record's name is its spec's id, so an entry cannot become wrong; but the file can be damaged or edited, and an entry
counts while the file's size, times and inode are those that it was read with. So the index may be lost, damaged, stale
or written by several processes at once: what it does not know is read from the records.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from fewshot.core.files import write_whole
from fewshot.core.spec import RunSpec
from fewshot.data.locations import cache_folder
from fewshot.records.record import read_record
from fewshot.records.store import record_files

FORMAT = b"fewshot index 1\n"
SETTLED = 2_000_000_000  # ns, the coarsest clock of a file system: of a younger file a later change might not show


class Evaluation(NamedTuple):
    """The data set, protocol and stage of a record, by which the evaluations of a protocol are counted."""

    dataset: str
    protocol: str
    stage: str


def evaluation_of(spec: RunSpec) -> Evaluation:
    """The evaluation that a spec's record is."""
    return Evaluation(spec.dataset.name, spec.protocol.name, spec.stage)


def read_evaluations(results: Path) -> dict[str, Evaluation]:
    """The evaluations under a results folder by their records' ids; only records that are new or changed are read.

    Raises `RequestError` for a damaged one among those, as `read_record` does.
    """
    old, new, evaluations, begin = _read(results), {}, {}, time.time_ns()
    runs = str(results / "runs")
    for file in record_files(results):
        name, now = str(file).removeprefix(runs), stamp(file)
        was, evaluation = old.get(name, (None, ()))
        if now is None or was != now:
            evaluation = evaluation_of(read_record(file).spec)
        evaluations[file.stem] = Evaluation(*evaluation)
        if now and begin - max(now[1:3]) > SETTLED:
            new[name] = [now, list(evaluation)]
    if new != old:
        with suppress(OSError, RuntimeError):  # it cannot be kept, or there is no home
            write_whole(_file(results), _sealed(json.dumps(new).encode()))
    return evaluations


def stamp(file: Path) -> list[int] | None:
    """What changes with a file's content: its size, times of change (ns) and inode; None when it is not there."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _file(results: Path) -> Path:
    """Where the index of a results folder is kept. Raises `RuntimeError` for a user without a home."""
    return cache_folder() / "records" / f"{hashlib.sha256(str(results.resolve()).encode()).hexdigest()[:16]}.json"


def _read(results: Path) -> dict[str, list[list]]:
    """Stamp and evaluation by file, as they were last written; empty where there is no whole index."""
    try:
        content = _file(results).read_bytes()
    except (OSError, RuntimeError):
        return {}
    text = content.partition(b"\n")[2]
    return json.loads(text) if content == _sealed(text) else {}


def _sealed(text: bytes) -> bytes:
    return hashlib.sha256(FORMAT + text).hexdigest().encode() + b"\n" + text
