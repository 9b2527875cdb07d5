"""`Store`: the file of a gallery, one SQLite database of the embeddings of enrolled images.

A change is one transaction, on the disk before it is reported: it stands whole or not at all, several processes take
turns, and a reader sees the gallery before or after it.
"""

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import get_native_id
from typing import TypeVar

from fewshot.core.errors import RequestError
from fewshot.core.files import sync_folder
from fewshot.gallery.connection import changing, check_form, reading
from fewshot.gallery.rows import Contents, Entry, add_images, read_images, remove_images

T = TypeVar("T")


class Store:
    """The database in a file, which is made when the first image is enrolled."""

    def __init__(self, file: str | Path) -> None:
        self.file = Path(file)

    def add(self, network: str, identity: str, entries: Sequence[Entry]) -> int:
        """Enrol images of an identity, all or none, and return the number of those that were not enrolled before.

        Raises `RequestError` for a gallery of another network, and for an image that is enrolled as another identity.
        """
        return self._change(lambda database: add_images(database, network, identity, entries))

    def remove(self, identity: str, numbers: Sequence[int] = ()) -> int:
        """Remove an identity, or some of its images by number, and return how many images were removed.

        Raises `RequestError` for an identity or a number that is not there.
        """
        check_form(self.file)
        return self._change(lambda database: remove_images(database, identity, numbers))

    def read(self) -> Contents:
        """All that is enrolled. Raises `RequestError` for a file that is missing, damaged or no gallery."""
        with reading(self.file) as database:
            return _located(self.file, read_images, database)

    def check(self) -> Contents:
        """The contents, after SQLite's own check of the file's structure as well."""
        with reading(self.file) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise RequestError(f"{self.file}: expected a gallery as it was written; it is damaged: {found}")
            return _located(self.file, read_images, database)

    def _change(self, change: Callable[[sqlite3.Connection], int]) -> int:
        """The result of a change. A new gallery is first made under another name: it appears whole or not at all."""
        if self.file.exists() or self.file.is_symlink():
            return self._changed(self.file, change)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_name(f".{self.file.name}.{os.getpid()}-{get_native_id()}.draft")
        _remove(draft)  # that of a killed process with the same number
        try:
            found = self._changed(draft, change)
            os.link(draft, self.file)
            sync_folder(self.file.parent)
            return found
        except OSError:  # another process was first, or the disk knows no links
            return self._changed(self.file, change)
        finally:
            _remove(draft)

    def _changed(self, file: Path, change: Callable[[sqlite3.Connection], int]) -> int:
        if file.exists() and file.stat().st_size:
            check_form(file)
        with changing(file, self.file) as database:
            return _located(self.file, change, database)


def _remove(database: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        database.with_name(f"{database.name}{end}").unlink(missing_ok=True)


def _located(file: Path, call: Callable[[sqlite3.Connection], T], database: sqlite3.Connection) -> T:
    """The result of a call, the file's name before its refusals; damaged values raise any error."""
    try:
        return call(database)
    except RequestError as error:
        raise RequestError(f"{file}: {error}") from error
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise RequestError(f"{file}: expected a gallery as it was written; it is damaged: {error}") from error
