"""An index of a results folder: the data set, protocol and stage of each record, kept in the user's cache folder.

An entry is valid while the file's size, times and inode are unchanged. The index may be lost, damaged, stale or written
by several processes at once: missing entries are read from the records.
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
SETTLED = 2_000_000_000  # ns, the coarsest clock of a file system: changes of a younger file might not be visible


class Evaluation(NamedTuple):
    """The data set, protocol and stage of a record; evaluations of a protocol are counted by these."""

    dataset: str
    protocol: str
    stage: str


def evaluation_of(spec: RunSpec) -> Evaluation:
    """The data set, protocol and stage of a spec."""
    return Evaluation(spec.dataset.name, spec.protocol.name, spec.stage)


def read_evaluations(results: Path) -> dict[str, Evaluation]:
    """The evaluations in a results folder by record id; only new or changed records are read.

    Raises `RequestError` for a damaged record, as `read_record` does.
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
        with suppress(OSError, RuntimeError):  # the cache cannot be written, or there is no home folder
            write_whole(_file(results), _sealed(json.dumps(new).encode()))
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
    return cache_folder() / "records" / f"{hashlib.sha256(str(results.resolve()).encode()).hexdigest()[:16]}.json"


def _read(results: Path) -> dict[str, list[list]]:
    """Stamp and evaluation by file, as last written; empty without an undamaged index."""
    try:
        content = _file(results).read_bytes()
    except (OSError, RuntimeError):
        return {}
    text = content.partition(b"\n")[2]
    return json.loads(text) if content == _sealed(text) else {}


def _sealed(text: bytes) -> bytes:
    return hashlib.sha256(FORMAT + text).hexdigest().encode() + b"\n" + text
