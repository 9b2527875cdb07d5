"""Who computes a cell: a lock file that one process holds, and that the system lets go when the process dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
