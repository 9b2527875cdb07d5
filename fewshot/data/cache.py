"""Decoded images, kept in the user's cache folder and memory-mapped from there.

A bank is written to a draft folder, which is then renamed, so that the bank is complete or absent even if a process is
killed. One process builds it while others wait. Pixels are written chunk by chunk: a bank may be larger than memory.
"""

import errno
import gzip
import hashlib
import io
import json
import os
import shutil
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from fewshot.core.errors import unknown
from fewshot.core.files import claim
from fewshot.data.bank import ImageBank
from fewshot.data.locations import cache_folder

Chunks = Iterator[UInt8[np.ndarray, "_ channel height width"]]
Keep = Callable[[int, Chunks], UInt8[np.ndarray, "image channel height width"]]
FORMAT = 3  # raised when the files of a bank change: banks in an older form are not read
NAMES = ("classes", "groups", "authors", "names")
COUNTS = ("digest", "skipped", "left_out", "damaged")
ABANDONED = 60.0  # seconds after which a draft without a lock counts as left by a killed process


def cached(name: str, key: dict, build: Callable[[], ImageBank]) -> ImageBank:
    """The bank that `build()` returns, kept in the cache folder under `name` and `key` and memory-mapped from there.

    `key` is plain JSON with everything that the content depends on. If the cache cannot be written, the bank is
    returned with a warning.
    """
    return cached_chunks(name, key, lambda keep: build())


def cached_chunks(name: str, key: dict, build: Callable[[Keep], ImageBank]) -> ImageBank:
    """The same as `cached`, for a bank whose pixels need not fit in memory.

    `build(keep)` makes the bank from `keep(count, chunks)`: one array of the images of all chunks, at most `count`,
    mapped from a file in the cache. If that cannot be written, `build` is called again with an array in memory.
    """
    stamp = hashlib.sha256(json.dumps({"format": FORMAT, **key}, sort_keys=True).encode()).hexdigest()[:16]
    folder = cache_folder() / "banks" / f"{name}-{stamp}"
    if (bank := _read(folder)) is not None:
        return bank
    try:
        with _alone(folder), _draft(folder.parent) as draft:
            if (bank := _read(folder)) is not None:  # another process has just built it
                return bank
            bank = build(partial(_in_file, draft / "pixels.npy"))
            _finish(bank, draft, folder)
    except _Unwritable as error:
        warnings.warn(f"decoded images are not kept: {folder.parent}: {error}", stacklevel=3)
        return build(_in_memory) if bank is None else bank
    return _read(folder) or bank


def by_authors(bank: ImageBank, allowed: Mapping[str, Collection[str]]) -> ImageBank:
    """The images of each class by its `allowed` authors, kept in the cache like the bank itself.

    A class that is not in `allowed` keeps all of its images. Raises `RequestError` for an unknown author and for a
    class without an image left.
    """
    for author in sorted({author for authors in allowed.values() for author in authors} - set(bank.authors)):
        raise unknown("author", author, bank.authors)
    whose = [allowed.get(name, bank.authors) for name in bank.classes]
    may = torch.tensor([[author in authors for author in bank.authors] for authors in whose])
    names = hashlib.sha256(json.dumps(bank.names).encode()).hexdigest()
    key = {"bank": bank.digest, "names": names}
    key |= {"allowed": {name: sorted(authors) for name, authors in allowed.items()}}
    return cached("by-authors", key, lambda: bank.only(may[bank.label, bank.author].nonzero()[:, 0]))


class _Unwritable(Exception):
    """The cache cannot be written; the message is the reason."""


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _Unwritable(error.strerror or str(error)) from error


def _read(folder: Path) -> ImageBank | None:
    try:
        # Copy-on-write: pages are read from the file, and torch gets the writable array that it requires.
        pixels = np.load(folder / "pixels.npy", mmap_mode="c")
        numbers = np.load(folder / "numbers.npy")
        plain = json.loads(gzip.decompress((folder / "names.json.gz").read_bytes()))
        named = {key: tuple(plain[key]) for key in NAMES} | {key: plain[key] for key in COUNTS}
    except (OSError, EOFError, ValueError, KeyError, zlib.error):  # missing or damaged
        return None
    return ImageBank(torch.from_numpy(pixels), *torch.from_numpy(numbers), **named)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lock a bank's folder, so that only this process builds it and others wait."""
    lock = folder.with_name(f".{folder.name}.lock")
    with ExitStack() as held:
        with _writing():
            held.enter_context(claim(lock, wait=True))
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)  # a process that waits for it finds the bank, or builds it too


@contextmanager
def _draft(parent: Path) -> Iterator[Path]:
    """A new, locked folder to write a bank to, removed at the end; drafts of killed processes are removed first."""
    with _writing():
        parent.mkdir(parents=True, exist_ok=True)
        for draft in parent.glob(".draft-*"):
            _sweep(draft)
        draft = Path(tempfile.mkdtemp(dir=parent, prefix=".draft-"))
    try:
        with claim(draft / "lock"):
            yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sweep(draft: Path) -> None:
    try:
        if time.time() - draft.stat().st_mtime < ABANDONED:
            return
        with claim(draft / "lock") as dead:
            if not dead:
                return
    except FileNotFoundError:  # just finished
        return
    shutil.rmtree(draft, ignore_errors=True)


def _in_file(file: Path, count: int, chunks: Chunks) -> UInt8[np.ndarray, "image channel height width"]:
    """Write the images of all chunks to an .npy file and return it memory-mapped."""
    kept, shape = 0, (0, 0, 0)
    with _writing():
        out = file.open("wb", buffering=0)
    with out:
        for chunk in chunks:
            with _writing():
                if not kept:
                    shape = chunk.shape[1:]
                    if count * chunk[0].nbytes > shutil.disk_usage(file.parent).free:
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    out.write(_header(count, shape))
                left = memoryview(np.ascontiguousarray(chunk)).cast("B")
                while left:
                    left = left[out.write(left) :]
            kept += len(chunk)
        with _writing():
            out.seek(0)
            out.write(_header(kept, shape))  # same length: numpy pads the header for any number of images
    with _writing():
        return np.load(file, mmap_mode="c" if kept else None)


def _header(count: int, shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    described = {"descr": "|u1", "fortran_order": False, "shape": (count, *shape)}
    np.lib.format.write_array_header_1_0(header, described)
    return header.getvalue()


def _in_memory(count: int, chunks: Chunks) -> UInt8[np.ndarray, "image channel height width"]:
    pixels, kept = np.empty((0, 0, 0, 0), np.uint8), 0
    for chunk in chunks:
        if not kept:
            pixels = np.empty((count, *chunk.shape[1:]), np.uint8)
        pixels[kept : kept + len(chunk)] = chunk
        kept += len(chunk)
    return pixels[:kept]


def _finish(bank: ImageBank, draft: Path, folder: Path) -> None:
    """Write the rest of the bank to the draft and rename it, unless another process was faster."""
    with _writing():
        if not (draft / "pixels.npy").exists():
            np.save(draft / "pixels.npy", bank.pixels.numpy())
        np.save(draft / "numbers.npy", torch.stack([bank.label, bank.group, bank.author]).numpy())
        plain = json.dumps({key: getattr(bank, key) for key in (*NAMES, *COUNTS)})
        (draft / "names.json.gz").write_bytes(gzip.compress(plain.encode(), compresslevel=1, mtime=0))
        (draft / "lock").unlink()
        if _read(folder) is not None:
            return
        shutil.rmtree(folder, ignore_errors=True)  # unreadable
        try:
            draft.rename(folder)
        except OSError:
            if _read(folder) is None:
                raise
