"""Files written whole or not at all, and lock files."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from fewshot.core.errors import RequestError

SEAL, STEP = 32, 8  # the first bytes of a checkpoint: SHA-256 of all that follows, and the step


KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a broken link",
    stat.S_IFDIR: "a folder",
}


def regular(file: Path) -> Path:
    """Return the file; raise `OSError` for a pipe or a device, which might have no end, and for a folder."""
    size_of(file)
    return file


def size_of(file: Path) -> int:
    """Bytes of a file; raises `OSError` for other than files, as `regular` does."""
    try:
        found = file.stat()
    except OSError:
        found = file.lstat()  # of a broken link
    if not stat.S_ISREG(found.st_mode):
        error = OSError(f"{KINDS.get(stat.S_IFMT(found.st_mode), 'a device')}, no file")
        error.strerror = str(error)  # as of errors of the system
        raise error
    return found.st_size


def write_whole(file: Path, content: bytes, *, over: bool = True, sync: bool = True) -> None:
    """Write a file atomically; `over=False` keeps an existing file. A failed write leaves no draft.

    With `sync=False` it may be lost where the machine stops, and costs no wait for the disk.
    """
    if wrong := _other_than_file(file):
        raise OSError(errno.EISDIR if file.is_dir() else errno.EINVAL, wrong, str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{_own()}.draft")
    try:
        with draft.open("wb") as out:
            out.write(content)
            out.flush()
            if sync:
                os.fsync(out.fileno())
        if over or not file.exists():
            draft.replace(file)
            if sync:
                sync_folder(file.parent)
    except OSError as error:
        if error.errno:  # the error of a full disk names no file
            error.filename = str(file)
        raise
    finally:
        with suppress(OSError):  # where there can be no draft, as of a name with no room for more
            draft.unlink()


def _own() -> str:
    """A part of a name that no other process takes, be it of another machine on the same folder."""
    return f"{os.getpid()}-{uuid4().hex[:8]}"


def _other_than_file(place: Path) -> str:
    """The error of a folder, a pipe or a device, which a file would replace; "" for a file and for a free place."""
    there = place.exists() and not place.is_file()
    kind = there and KINDS.get(stat.S_IFMT(place.stat().st_mode), "a device")
    return f"expected a file to write, got {kind}" if kind else ""


def check_folder(folder: Path) -> None:
    """Raise `OSError` if a folder, or if it is not there yet the next one above that is, cannot be written."""
    while not os.path.lexists(folder) and folder != folder.parent:  # a link is there, even a broken one
        folder = folder.parent
    probe = folder / f".probe-{_own()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        error.filename = str(folder)
        raise


def check_place(file: Path, *read: Path) -> None:
    """Raise `RequestError` if a file cannot be written, or is one of those that are `read`, before the work that makes
    it."""
    for one in read:
        with suppress(OSError):
            if file.samefile(one):
                raise RequestError(f"{file}: expected another file to write than the one that is read")
    if wrong := _other_than_file(file):
        raise RequestError(f"{file}: {wrong}")
    try:
        check_folder(file.parent)
    except OSError as error:
        raise RequestError(f"{file}: expected a file that can be written, got: {error.strerror}") from error


def remove_drafts(file: Path) -> None:
    """Remove the drafts of a file that killed processes left; only its sole writer may call this."""
    for draft in file.parent.glob(f".{file.name}.*.draft"):
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Sync a folder to disk, so that a new name in it survives a crash; do nothing where folders cannot be synced."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # as of some network and shared folders
            raise
    finally:
        os.close(handle)


def others_who_write(path: Path) -> str:
    """Other users who can write to a file or folder, in words: its owner, its group, everybody; "" for none.

    The administrator's own files count as nobody's, and an administrator owns all. Where there are no such rights, as
    on Windows, it is "".
    """
    if not hasattr(os, "geteuid"):
        return ""
    found = path.stat()
    if os.geteuid() and found.st_uid not in (0, os.geteuid()):
        return "its owner"
    return "everybody" if found.st_mode & stat.S_IWOTH else "its group" if found.st_mode & stat.S_IWGRP else ""


@contextmanager
def claim(file: Path, *, wait: bool = False) -> Iterator[bool]:
    """Try to lock `file` for this block; yields whether this process holds the lock.

    With `wait`, block until the lock is free; then check again that the work is still to do. Once the work is done,
    `remove_lock` may remove the file.
    """
    from filelock import FileLock, Timeout

    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        lock.acquire(blocking=wait)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def remove_lock(file: Path) -> None:
    """Remove the file of a lock that this process holds; it stays on Windows, as all files in use do."""
    with suppress(PermissionError):
        file.unlink(missing_ok=True)
