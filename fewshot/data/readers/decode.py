"""Decoding of many images on all cores, in order, with a progress bar.

It uses threads: Pillow releases the interpreter while it decodes, and interrupted threads leave nothing behind.
"""

import errno
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fewshot.core.errors import RequestError
from fewshot.core.progress import open_bar
from fewshot.data.readers.image_file import UNREADABLE
from fewshot.data.readers.memory import MEMORY

PASSING = {errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOMEM, errno.EAGAIN, errno.EINTR,
           errno.ETIMEDOUT, getattr(errno, "ESTALE", errno.EIO)}  # of a file that may be sound  # fmt: skip
CHUNK = 64  # images at most
AHEAD = 3  # chunks for each core that are in decoding or waiting for the caller
One, Result = TypeVar("One"), TypeVar("Result")


def decoded(
    images: Sequence[One], decode: Callable[[One], Result], what: str, size: int = 0
) -> Iterator[list[Result | str]]:
    """The results of `decode` for all images, in order and in lists; for an unreadable image, the reason as text.

    `what` is the label of the progress bar, and `size` the bytes of a result: of large ones only few wait. Warnings
    about single images are not shown.
    """
    from PIL import Image

    Image.init()  # not safe in several threads at once
    length = max(1, min(CHUNK, MEMORY // (AHEAD * cores() * (size or 1))))
    chunks = (images[start : start + length] for start in range(0, len(images), length))
    waiting: deque = deque()
    with warnings.catch_warnings(), open_bar(len(images), "image", desc=what, leave=False, delay=1) as bar:
        warnings.filterwarnings("ignore", module=r"PIL\b")
        pool = ThreadPoolExecutor(cores())
        try:
            for chunk in chunks:
                waiting.append(pool.submit(_each, chunk, decode))
                if len(waiting) == AHEAD * cores():
                    yield _next(waiting, bar)
            while waiting:
                yield _next(waiting, bar)
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _next(waiting: deque, bar: "tqdm.std.tqdm") -> list:
    found = waiting.popleft().result()
    bar.update(len(found))
    return found


def _each(images: Sequence[One], decode: Callable[[One], Result]) -> list[Result | str]:
    found = []
    for image in images:
        try:
            found.append(decode(image))
        except UNREADABLE as error:
            if isinstance(error, OSError) and error.errno in PASSING:
                raise RequestError(f"{error.filename or image}: expected a file that can be read: {error}") from error
            found.append(str(error) or type(error).__name__)
    return found
