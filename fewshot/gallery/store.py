"""`Store`: the file of a gallery, one SQLite database of the embeddings of enrolled images.

A change is one transaction, on the disk before it is reported: it stands whole or not at all, several processes take
turns, and a reader sees the gallery before or after it. Each row has a checksum, and the gallery one over all rows and
their number, so that damaged and lost rows are found.
"""

import os
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import Float32

from fewshot.core.errors import RequestError, one_line, unknown
from fewshot.core.files import sync_folder
from fewshot.gallery.connection import changing, check_form, reading

SCHEMA = (
    "CREATE TABLE gallery (network TEXT, dim INTEGER, images INTEGER, checksum INTEGER)",
    "CREATE TABLE image (number INTEGER PRIMARY KEY, identity TEXT, file TEXT, digest BLOB UNIQUE, embedding BLOB, "
    "checksum INTEGER)",
)
STORED = np.dtype("<f4")
ROWS = 2**14  # read at once
T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """An image to enrol: its file's name, the digest of its pixels, and its embedding."""

    file: str
    digest: bytes
    embedding: Float32[np.ndarray, " dim"]


@dataclass(frozen=True)
class Contents:
    """The enrolled images of a gallery, in the order of their numbers, and the id of the verifier that embedded them.

    `network` is "" for a gallery in which nobody has been enrolled yet.
    """

    network: str
    numbers: tuple[int, ...]
    identities: tuple[str, ...]
    files: tuple[str, ...]
    digests: tuple[bytes, ...]
    embeddings: Float32[np.ndarray, "image dim"]


class Store:
    """The database in a file, which is made when the first image is enrolled."""

    def __init__(self, file: str | Path) -> None:
        self.file = Path(file)

    def add(self, network: str, identity: str, entries: Sequence[Entry]) -> int:
        """Enrol images of an identity, all or none, and return the number of those that were not enrolled before.

        Raises `RequestError` for a gallery of another network, and for an image that is enrolled as another identity.
        """
        return self._change(lambda database: _add(database, network, identity, entries))

    def remove(self, identity: str, numbers: Sequence[int] = ()) -> int:
        """Remove an identity, or some of its images by number, and return how many images were removed.

        Raises `RequestError` for an identity or a number that is not there.
        """
        check_form(self.file)
        return self._change(lambda database: _remove(database, identity, numbers))

    def read(self) -> Contents:
        """All that is enrolled. Raises `RequestError` for a file that is missing, damaged or no gallery."""
        with reading(self.file) as database:
            return _located(self.file, _read, database)

    def check(self) -> Contents:
        """The contents, after SQLite's own check of the file's structure as well."""
        with reading(self.file) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise RequestError(f"{self.file}: expected a gallery as it was written; it is damaged: {found}")
            return _located(self.file, _read, database)

    def _change(self, change: Callable[[sqlite3.Connection], int]) -> int:
        """The result of a change. A new gallery is first made under another name: it appears whole or not at all."""
        if self.file.exists() or self.file.is_symlink():
            return self._changed(self.file, change)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_name(f".{self.file.name}.{os.getpid()}.draft")
        try:
            found = self._changed(draft, change)
            os.link(draft, self.file)
            sync_folder(self.file.parent)
            return found
        except OSError:  # another process was first, or the disk knows no links
            return self._changed(self.file, change)
        finally:
            for end in ("", "-journal", "-wal", "-shm"):
                draft.with_name(f"{draft.name}{end}").unlink(missing_ok=True)

    def _changed(self, file: Path, change: Callable[[sqlite3.Connection], int]) -> int:
        if file.exists() and file.stat().st_size:
            check_form(file)
        with changing(file, self.file) as database:
            return _located(self.file, change, database)


def _located(file: Path, call: Callable[[sqlite3.Connection], T], database: sqlite3.Connection) -> T:
    """The result of a call, the file's name before its refusals; damaged values raise any error."""
    try:
        return call(database)
    except RequestError as error:
        raise RequestError(f"{file}: {error}") from error
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise RequestError(f"{file}: expected a gallery as it was written; it is damaged: {error}") from error


def _add(database: sqlite3.Connection, network: str, identity: str, entries: Sequence[Entry]) -> int:
    dim = len(entries[0].embedding)
    if not _tables(database):
        for table in SCHEMA:
            database.execute(table)
        database.execute("INSERT INTO gallery VALUES (?, ?, 0, 0)", (network, dim))
    found = _about(database)[:2]
    if found != (network, dim):
        raise RequestError(f"expected a gallery of the network {network}, got one of {found[0]}")
    sums, (last,) = [], database.execute("SELECT coalesce(max(number), 0) FROM image").fetchone()
    for entry in entries:
        row = (
            last + len(sums) + 1,
            identity,
            one_line(entry.file),
            entry.digest,
            entry.embedding.astype(STORED).tobytes(),
        )
        if other := database.execute("SELECT identity FROM image WHERE digest = ?", (entry.digest,)).fetchone():
            if other != (identity,):
                raise RequestError(f"{entry.file}: expected an image of {identity}, it is enrolled as {other[0]!r}")
            continue
        sums.append(_checksum(*row))
        database.execute("INSERT INTO image VALUES (?, ?, ?, ?, ?, ?)", (*row, sums[-1]))
    database.execute("UPDATE gallery SET images = images + ?, checksum = checksum + ?", (len(sums), sum(sums)))
    return len(sums)


def _remove(database: sqlite3.Connection, identity: str, numbers: Sequence[int]) -> int:
    _expect_tables(database)
    rows = dict(database.execute("SELECT number, checksum FROM image WHERE identity = ?", (identity,)))
    if not rows:
        raise unknown("identity", identity, {name for (name,) in database.execute("SELECT identity FROM image")})
    if missing := [number for number in numbers if number not in rows]:
        raise unknown(f"image of {identity}", str(missing[0]), map(str, rows))
    gone = {*numbers} or {*rows}
    database.executemany("DELETE FROM image WHERE number = ?", [(number,) for number in gone])
    given = len(gone), sum(rows[number] for number in gone)
    database.execute("UPDATE gallery SET images = images - ?, checksum = checksum - ?", given)
    return len(gone)


def _read(database: sqlite3.Connection) -> Contents:
    if not _tables(database):
        return Contents("", (), (), (), (), np.empty((0, 0), np.float32))
    network, dim, images, checksum = _about(database)
    rows = database.execute("SELECT number, identity, file, digest, embedding, checksum FROM image ORDER BY number")
    kept, blocks, total = [], [np.empty((0, dim), STORED)], 0
    while some := rows.fetchmany(ROWS):
        for *row, own in some:
            if len(row[4]) != 4 * dim or _checksum(*row) != own:
                raise RequestError(f"image {row[0]}: expected it as it was written; the gallery is damaged")
            total += own
        blocks.append(np.frombuffer(b"".join(row[4] for row in some), STORED).reshape(-1, dim))
        kept += [row[:4] for row in some]
    numbers, identities, files, digests = zip(*kept, strict=True) if kept else ((),) * 4
    if (len(kept), total) != (images, checksum) or numbers != (*sorted(numbers),):
        raise RequestError(f"expected the {images:,} images that were written, got {len(kept):,}; it is damaged")
    return Contents(network, numbers, identities, files, digests, np.concatenate(blocks).astype(np.float32, copy=False))


def _tables(database: sqlite3.Connection) -> bool:
    """Whether the tables are there. Raises `RequestError` for tables of another program or version."""
    found = [sql for (sql,) in database.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")]
    if found and found != [*SCHEMA]:
        raise RequestError("expected a gallery, got a database with other tables")
    return bool(found)


def _expect_tables(database: sqlite3.Connection) -> None:
    if not _tables(database):
        raise RequestError("expected somebody enrolled, got an empty gallery")


def _about(database: sqlite3.Connection) -> tuple[str, int, int, int]:
    """The network, the dimensions of an embedding, the number of images, and the sum of their checksums."""
    rows = database.execute("SELECT network, dim, images, checksum FROM gallery").fetchall()
    if len(rows) != 1 or [*map(type, rows[0])] != [str, int, int, int] or not 0 < rows[0][1] < 2**24:
        raise RequestError("expected one row on the gallery; it is damaged")
    return rows[0]


def _checksum(number: int, identity: str, file: str, digest: bytes, embedding: bytes) -> int:
    return zlib.crc32(embedding, zlib.crc32(digest, zlib.crc32(f"{number} {identity}\0{file}\0".encode())))
