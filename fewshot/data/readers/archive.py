"""The files in a folder or a zip archive, read without unpacking, and fingerprints that change with them.

Names in an archive that point outside it or occur twice are refused. Folders and files of a system are left out.
"""

import hashlib
import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.files import regular
from fewshot.data.readers.image_file import UNREADABLE

JUNK = {
    "__macosx", ".ds_store", ".trashes", ".spotlight-v100", ".fseventsd", "icon\r", "thumbs.db", "ehthumbs.db",
    "desktop.ini", "$recycle.bin", "system volume information", "lost+found", "@eadir", "@recycle",
    "#recycle", "#snapshot",
}  # fmt: skip
LINKED = 8  # times that one folder may be found, by links: those that lead to each other would have no end
LONGEST = 4096  # characters of a name
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

    `path` is a zip file or a folder; names leave out a top folder with the archive's name if nothing is beside it.
    Raises `RequestError` for a file that is no zip archive.
    """
    with streams(unpacked(path)) as (names, _, stream):
        yield names, lambda name: content_of(stream(name))


def content_of(file: BufferedIOBase) -> bytes:
    """The content of an opened file, which is closed. Raises `ValueError` for one that is too large."""
    with file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"more than {LARGEST:,} bytes")
    return content


def unpacked(path: Path) -> Path:
    """The folder in a folder if it has the same name and nothing is beside it, as some archives unpack; else `path`."""
    inner = path / path.stem
    alone = inner.is_dir() and {name for name in os.listdir(path) if not is_junk(name)} == {inner.name}
    return inner if alone else path


@contextmanager
def streams(
    path: Path, wanted: Wanted = everything
) -> Iterator[tuple[list[str], list[str], Callable[[str], BufferedIOBase]]]:
    """The names of files and of folders in an archive, and a function that opens a file.

    Of a zip file they are as in `opened`. In a folder, only `wanted` files and folders are listed.
    """
    if path.is_dir():
        files, folders = _listing(path, wanted)
        yield list(files), folders, lambda name: regular(path / name).open("rb")
        return
    try:
        archive = zipfile.ZipFile(regular(path))
    except UNREADABLE as error:
        raise RequestError(f"{path}: expected a zip archive, got {what_is(path)}; remove or replace it") from error
    with archive:
        members = _named(path, archive.infolist())
        top = _own_top(path, members)
        files = {name.removeprefix(top): member for name, member in members.items() if not name.endswith("/")}
        folders = [name.removeprefix(top)[:-1] for name in members if name.endswith("/")]
        yield list(files), [*filter(None, folders)], lambda name: archive.open(files[name])


def _own_top(path: Path, names: Iterable[str]) -> str:
    """The top folder with the name of its archive, with a slash; "" where there is none, or anything beside it."""
    tops = {name.split("/")[0] for name in names}
    return f"{path.stem}/" if tops == {path.stem} else ""


def _named(path: Path, found: Sequence[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The entries of a zip file by name, that of a folder with a slash at its end; a backslash counts as a slash.

    Raises `RequestError` for outside, encrypted, repeated or endless names.
    """
    members: dict[str, zipfile.ZipInfo] = {}
    for member in found:
        name = member.filename.replace("\\", "/")
        if is_junk(name):
            continue
        if len(name) > LONGEST:
            raise RequestError(f"{path}: expected names of at most {LONGEST:,} characters, got {len(name):,}")
        if ".." in name.split("/") or re.match("/|[A-Za-z]:", name):
            raise RequestError(
                f"{path}: expected names inside the archive, got an entry that points outside: {member.filename!r}"
            )
        if member.flag_bits & ENCRYPTED:
            raise RequestError(f"{path}: expected an archive without a password, got the encrypted entry {name!r}")
        plain = "/".join(part for part in name.split("/") if part not in ("", "."))
        if not plain and name.endswith("/"):  # the top itself
            continue
        if not plain:
            raise RequestError(f"{path}: expected a name for each entry, got one without")
        plain += "/" * name.endswith("/")
        if plain in members and not plain.endswith("/"):
            raise RequestError(f"{path}: expected each name once, got two entries {plain!r}")
        members[plain] = member
    if both := next((name for name in members if f"{name}/" in members), ""):
        raise RequestError(f"{path}: expected each name once, got a file and a folder {both!r}")
    return members


def what_is(path: Path) -> str:
    """A description of an unexpected file by its first bytes: "an HTML page"."""
    try:
        with regular(path).open("rb") as file:
            start = file.read(512)
    except OSError as error:
        return f"a file that cannot be read ({error.strerror or error})"
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
        found = dict(_below(path, wanted))
    except OSError as error:
        shown = os.fspath(error.filename or path)[:200]
        raise RequestError(f"{path}: expected readable files, got: {shown}: {error.strerror}") from error
    return {name: stamp for name, stamp in found.items() if stamp}, [name for name, stamp in found.items() if not stamp]


def _below(top: Path, wanted: Wanted) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """All names below a folder with size and time of change, or None for a folder; links are followed."""
    waiting, times = [(os.fspath(top), "")], Counter()
    while waiting:
        folder, prefix = waiting.pop()
        status = os.stat(folder)
        times[status.st_dev, status.st_ino] += 1
        if times[status.st_dev, status.st_ino] > LINKED:
            raise RequestError(f"{top}: expected links to folders without a loop, got one in {prefix[:200]}")
        with os.scandir(folder) as found:
            for entry in found:
                name = f"{prefix}{entry.name}"
                if entry.name.lower() in JUNK:
                    continue
                if entry.is_dir():
                    yield name, None
                    if wanted(f"{name}/"):
                        waiting.append((entry.path, f"{name}/"))
                elif wanted(name):
                    yield name, _changed(entry)


def _changed(entry: os.DirEntry) -> tuple[int, int]:
    """Size and time of change of a file, or of a link that is broken."""
    try:
        status = entry.stat()
    except OSError:
        status = entry.stat(follow_symlinks=False)
    return status.st_size, status.st_mtime_ns


def is_junk(name: str) -> bool:
    """Whether a file, or a folder that contains it, is clutter that systems leave in archives."""
    return not JUNK.isdisjoint(name.lower().split("/"))
