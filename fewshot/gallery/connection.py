"""Transactions on the SQLite file of a gallery, with one message for each failure."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.files import regular

MAGIC = b"SQLite format 3\0"
WAIT = 60.0  # seconds for which a process waits for another's change
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_READ", "SQLITE_ERROR")
CLOSED = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR")  # also for reading, where a disk cannot be written


@contextmanager
def changing(file: Path, shown: Path) -> Iterator[sqlite3.Connection]:
    """A transaction that changes a gallery; when the block ends, it is on the disk.

    A file that is missing or empty becomes a database. A block that fails changes nothing. Raises `RequestError` where
    the file, which messages show as `shown`, cannot be used or the disk is full.
    """
    with _messages(shown), closing(_connect(file, "mode=rwc")) as database:
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA secure_delete=ON")  # embeddings of people are overwritten when they are removed
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
            database.execute("COMMIT")
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")
        database.execute("PRAGMA journal_mode=WAL")  # kept in the file; from then on readers do not wait for writers


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """A transaction that reads a gallery as it was at one moment, also on a disk that cannot be written to."""
    with _messages(file):
        check_form(file)
        database = _connect(file, "mode=rw")
        try:
            database.execute("BEGIN")
            database.execute("SELECT count(*) FROM sqlite_schema")
        except sqlite3.OperationalError as error:
            database.close()
            wal = file.with_name(f"{file.name}-wal")
            if not _name(error).startswith(CLOSED) or (wal.exists() and wal.stat().st_size):
                raise
            database = _connect(file, "immutable=1")
        with closing(database):
            yield database


def check_form(file: Path) -> None:
    """Raise `RequestError` for a file that is missing or is no SQLite database."""
    try:
        with regular(file).open("rb") as content:
            start = content.read(len(MAGIC))
    except OSError as error:
        raise RequestError(f"{file}: expected a gallery, got: {error.strerror or error}") from error
    if start != MAGIC:
        got = f"a file that starts with {start[:8]!r}" if start else "an empty file"
        raise RequestError(f"{file}: expected a gallery, got {got}")


def _connect(file: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?{how}", timeout=WAIT, uri=True, isolation_level=None)


def _name(error: Exception) -> str:
    """SQLite's name of an error; those of a text that is no UTF-8 have none."""
    return getattr(error, "sqlite_errorname", "SQLITE_ERROR")


@contextmanager
def _messages(file: Path) -> Iterator[None]:
    """Turn errors of SQLite into `RequestError`."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:  # a damaged message of SQLite is no UTF-8
        name = _name(error)
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            expected = f"expected to use it within {WAIT:g} seconds, another process does"
        elif name.startswith(DAMAGED):
            expected = "expected a gallery as it was written; it is damaged"
        else:
            expected = "expected a disk with room that can be written to; the gallery is as it was"
        raise RequestError(f"{file}: {expected}: {error}") from error
