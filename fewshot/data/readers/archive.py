"""The files in a folder or a zip archive, read without unpacking, and fingerprints that change with them.

Names in an archive that point outside it or occur twice are refused.
"""

import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path, PurePosixPath

from fewshot.core.errors import RequestError
from fewshot.data.readers.image_file import UNREADABLE

JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
LARGEST = 2**28  # bytes of a file that is read at once: an entry may unpack to more than the memory
ENCRYPTED = 1  # a bit of an entry's flags
Wanted = Callable[[str], bool]  # of a file by its name in a folder, or of a folder in it, whose name ends with a slash


def everything(name: str) -> bool:
    """True for all files and folders."""
    return True


def fingerprint(path: Path, wanted: Wanted = everything) -> list:
    """Plain values that change when the archive, or a file of an unpacked one, changes; no content is read."""
    stamps = hashlib.sha256()
    files, _ = _listing(path, wanted)
    for name, (size, changed) in sorted(files.items()):
        stamps.update(f"{name}\0{size}\0{changed}\0".encode(errors="surrogateescape"))
    return [str(path.resolve()), stamps.hexdigest()]


@contextmanager
def opened(path: Path) -> Iterator[tuple[list[str], Callable[[str], bytes]]]:
    """The names of the files in an archive, and a function that reads one of them.

    `path` is a zip file or a folder; names leave out a top folder with the archive's name. Raises `RequestError` for a
    file that is no zip archive.
    """
    with streams(path) as (names, _, stream):

        def read(name: str) -> bytes:
            with stream(name) as file:
                content = file.read(LARGEST + 1)
            if len(content) > LARGEST:
                raise ValueError(f"more than {LARGEST:,} bytes")
            return content

        yield names, read


@contextmanager
def streams(
    path: Path, wanted: Wanted = everything
) -> Iterator[tuple[list[str], list[str], Callable[[str], BufferedIOBase]]]:
    """The names of files and of folders in an archive, as in `opened`, and a function that opens a file.

    In a folder, only `wanted` files and folders are listed.
    """
    top = f"{path.stem}/"
    if path.is_dir():
        files, folders = _listing(path, wanted)
        names = {name.removeprefix(top): name for name in files}
        yield list(names), [name.removeprefix(top) for name in folders], lambda name: (path / names[name]).open("rb")
        return
    try:
        archive = zipfile.ZipFile(path)
    except UNREADABLE as error:
        raise RequestError(f"{path}: expected a zip archive, got {what_is(path)}; remove or replace it") from error
    with archive:
        found = [member for member in archive.infolist() if not is_junk(member.filename)]
        if not all(member.filename for member in found):
            raise RequestError(f"{path}: expected a name for each entry, got one without")
        members = _named(path, [member for member in found if not member.is_dir()], top)
        folders = [member.filename.rstrip("/").removeprefix(top) for member in found if member.is_dir()]
        yield list(members), folders, lambda name: archive.open(members[name])


def _named(path: Path, found: Sequence[zipfile.ZipInfo], top: str) -> dict[str, zipfile.ZipInfo]:
    """The entries of a zip file by name. Raises `RequestError` for outside, encrypted or repeated names."""
    members: dict[str, zipfile.ZipInfo] = {}
    for member in found:
        name = member.filename
        if ".." in name.split("/") or "\\" in name or re.match("/|[A-Za-z]:", name):
            raise RequestError(f"{path}: expected names inside the archive, got an entry that points outside: {name!r}")
        if member.flag_bits & ENCRYPTED:
            raise RequestError(f"{path}: expected an archive without a password, got the encrypted entry {name!r}")
        name = "/".join(part for part in name.split("/") if part not in ("", ".")).removeprefix(top)
        if name in members:
            raise RequestError(f"{path}: expected each name once, got two entries {name!r}")
        members[name] = member
    return members


def what_is(path: Path) -> str:
    """A description of an unexpected file by its first bytes: "an HTML page"."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        return f"a file that cannot be read ({error.strerror})"
    if not start:
        return "an empty file"
    if start.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "an HTML page"
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer"
    if start.startswith(b"PK"):
        return f"a truncated or damaged one ({path.stat().st_size:,} bytes)"
    return f"something else that starts with {start[:8]!r}"


def _listing(path: Path, wanted: Wanted) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """Size and time of change of a file, or of all files below a folder; and the folders."""
    try:
        if path.is_file():
            status = path.stat()
            return {path.name: (status.st_size, status.st_mtime_ns)}, []
        found = dict(_below(path, "", wanted))
    except OSError as error:
        raise RequestError(f"{path}: expected readable files, got: {error.filename}: {error.strerror}") from error
    return {name: stamp for name, stamp in found.items() if stamp}, [name for name, stamp in found.items() if not stamp]


def _below(folder: Path, prefix: str, wanted: Wanted) -> Iterator[tuple[str, tuple[int, int] | None]]:
    with os.scandir(folder) as found:
        for entry in found:
            name = f"{prefix}{entry.name}"
            if entry.name in JUNK:
                continue
            if entry.is_dir():
                yield name, None
                if wanted(f"{name}/"):
                    yield from _below(Path(entry.path), f"{name}/", wanted)
            elif wanted(name):
                status = entry.stat()
                yield name, (status.st_size, status.st_mtime_ns)


def is_junk(name: str) -> bool:
    """Whether a file, or a folder that contains it, is clutter that systems leave in archives."""
    return not JUNK.isdisjoint(PurePosixPath(name).parts)
