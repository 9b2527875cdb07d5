"""Files written whole or not at all, and lock files."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(file: Path, content: bytes, *, over: bool = True) -> None:
    """Write a file; without `over` one that is there already stays as it is. A fault leaves no draft behind."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    try:
        with draft.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if over or not file.exists():
            draft.replace(file)
            _sync(file.parent)
    finally:
        draft.unlink(missing_ok=True)


def remove_drafts(file: Path) -> None:
    """Remove the drafts that killed processes left of a file; for whoever alone may write it."""
    for draft in file.parent.glob(f".{file.name}.*.draft"):
        draft.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make the new name last, where folders can be synced."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def claim(file: Path, *, wait: bool = False) -> Iterator[bool]:
    """Whether this process has the claim that `file` stands for, at once; it is let go at the end of the block.

    With `wait` it has, once whoever else has it lets go. Who gets it looks again whether the work is still to be done:
    the file may be removed once it is not.
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
