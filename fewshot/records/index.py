"""An index of a results folder: the data set, protocol and stage of each record, kept in the user's cache folder.

An entry counts while its file's size, times and inode are those that it was read with. So the index may be lost,
damaged, stale or written by several processes at once: what it does not know is read from the records.
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


class Kind(NamedTuple):
    """What a record is of, as far as counting needs it."""

    dataset: str
    protocol: str
    stage: str


def kind_of(spec: RunSpec) -> Kind:
    """The kind of a spec's record."""
    return Kind(spec.dataset.name, spec.protocol.name, spec.stage)


def read_kinds(results: Path) -> dict[str, Kind]:
    """The kind of every record under a results folder, by id; only records that are new or changed are read.

    Raises `RequestError` for one of those that is damaged, as `read_record` does.
    """
    old, new, kinds, begin = _read(results), {}, {}, time.time_ns()
    runs = str(results / "runs")
    for file in record_files(results):
        name, now = str(file).removeprefix(runs), stamp(file)
        was, kind = old.get(name, (None, ()))
        if now is None or was != now:
            kind = kind_of(read_record(file).spec)
        kinds[file.stem] = Kind(*kind)
        if now and begin - max(now[1:3]) > SETTLED:
            new[name] = [now, list(kind)]
    if new != old:
        with suppress(OSError, RuntimeError):  # it cannot be kept, or there is no home
            write_whole(_file(results), _sealed(json.dumps(new).encode()))
    return kinds


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
    """Stamp and kind by file, as they were last written; empty where there is no whole index."""
    try:
        content = _file(results).read_bytes()
    except (OSError, RuntimeError):
        return {}
    text = content.partition(b"\n")[2]
    return json.loads(text) if content == _sealed(text) else {}


def _sealed(text: bytes) -> bytes:
    return hashlib.sha256(FORMAT + text).hexdigest().encode() + b"\n" + text
