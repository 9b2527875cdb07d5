"""Where an archive of Omniglot lies, zipped or unpacked, and reading the files in it."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from fewshot.errors import RequestError

SUBFOLDERS = ("omniglot", "omniglot-py", ".")  # the second is torchvision's
JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db"}


def places(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    """Every path where the archive `name` (`images_background`, …) may lie, best first."""
    for folder in folders:
        for subfolder in SUBFOLDERS:
            yield Path(folder) / subfolder / f"{name}.zip"
            yield Path(folder) / subfolder / name


def fingerprint(path: Path) -> list:
    """Plain values that change when the archive, or a file of an unpacked one, is changed; reads no content."""
    stamps = hashlib.sha256()
    for name, (size, changed) in sorted(_stamps(path).items()):
        stamps.update(f"{name}\0{size}\0{changed}\0".encode())
    return [str(path.resolve()), stamps.hexdigest()]


@contextmanager
def opened(path: Path) -> Iterator[tuple[list[str], Callable[[str], bytes]]]:
    """The names of the files in an archive, and a function that reads one of them.

    `path` is a zip file or a folder; a top folder of its own name inside is left out of the names. A `RequestError`
    says what came instead of a zip file.
    """
    top = f"{path.stem}/"
    if path.is_dir():
        names = {name.removeprefix(top): name for name in _stamps(path)}
        yield list(names), lambda name: (path / names[name]).read_bytes()
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise RequestError(f"{path}: expected a zip archive, got {what_is(path)}; remove or replace it") from error
    with archive:
        found = [member for member in archive.infolist() if not (member.is_dir() or _is_junk(member.filename))]
        members = {member.filename.removeprefix(top): member for member in found}
        yield list(members), lambda name: archive.read(members[name])


def what_is(path: Path) -> str:
    """What a file that is not a readable zip archive seems to be, in words."""
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


def _stamps(path: Path) -> dict[str, tuple[int, int]]:
    """Size and time of the last change of a file, or of all files below a folder by their path with slashes."""
    try:
        if path.is_file():
            status = path.stat()
            return {path.name: (status.st_size, status.st_mtime_ns)}
        return dict(_below(path, ""))
    except OSError as error:
        raise RequestError(f"{path}: expected readable files, got: {error.filename}: {error.strerror}") from error


def _below(folder: Path, prefix: str) -> Iterator[tuple[str, tuple[int, int]]]:
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name in JUNK:
                continue
            if entry.is_dir():
                yield from _below(Path(entry.path), f"{prefix}{entry.name}/")
            else:
                status = entry.stat()
                yield f"{prefix}{entry.name}", (status.st_size, status.st_mtime_ns)


def _is_junk(name: str) -> bool:
    return not JUNK.isdisjoint(PurePosixPath(name).parts)
