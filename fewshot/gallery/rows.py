"""The rows of a gallery's database: enrolled images, added, removed and read.

Each row has a checksum, and the gallery one over all rows and their number, so that damaged and lost rows are found.
"""

import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from fewshot.core.errors import RequestError, one_line, unknown

SCHEMA = (
    "CREATE TABLE gallery (network TEXT, dim INTEGER, images INTEGER, checksum INTEGER)",
    "CREATE TABLE image (number INTEGER PRIMARY KEY, identity TEXT, file TEXT, digest BLOB UNIQUE, embedding BLOB, "
    "checksum INTEGER)",
)
STORED = np.dtype("<f4")
ROWS = 2**14  # read at once


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


def add_images(database: sqlite3.Connection, network: str, identity: str, entries: Sequence[Entry]) -> int:
    """Enrol images under an identity, and return how many are new; one that it has already is passed over.

    Makes the tables of a new gallery. Raises `RequestError` for another network, and for an image of another identity.
    """
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


def remove_images(database: sqlite3.Connection, identity: str, numbers: Sequence[int]) -> int:
    """Remove an identity's images of these numbers, or all of them for no number, and return how many.

    Raises `RequestError` for an identity or a number that is not enrolled.
    """
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


def read_images(database: sqlite3.Connection) -> Contents:
    """All enrolled images. Raises `RequestError` where a row, or the gallery, is not as it was written."""
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
