"""Decoded images, kept in the user's cache folder and memory-mapped from there.

A bank is written to a draft folder, which is then renamed, so that the bank is complete or absent even if a process is
killed. One process builds it while others wait. Pixels are written chunk by chunk: a bank may be larger than memory.
"""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from fewshot.core.errors import RequestError, unknown
from fewshot.core.files import claim, others_who_write, remove_lock
from fewshot.core.notices import note
from fewshot.data.bank import ImageBank
from fewshot.data.bank_files import (
    PIXELS,
    Chunks,
    Damaged,
    Unwritable,
    in_file,
    in_memory,
    read_bank,
    write_bank,
    writing,
)
from fewshot.data.locations import cache_folder

Keep = Callable[[int, Chunks], UInt8[np.ndarray, "image channel height width"]]
FORMAT = 4  # raised when the files of a bank change: banks in an older form are not read
ABANDONED = 60.0  # seconds after which a draft without a lock counts as left by a killed process


def cached(name: str, key: dict, build: Callable[[], ImageBank]) -> ImageBank:
    """The bank that `build()` returns, kept in the cache folder under `name` and `key` and memory-mapped from there.

    `key` is plain JSON with everything that the content depends on. If the cache cannot be written, or its files are
    damaged and the bank is built anew, there is a warning. Raises `RequestError` for a cache folder that other users
    can write to.
    """
    return cached_chunks(name, key, lambda keep: build())


def cached_chunks(name: str, key: dict, build: Callable[[Keep], ImageBank]) -> ImageBank:
    """The same as `cached`, for a bank whose pixels need not fit in memory.

    `build(keep)` makes the bank from `keep(count, chunks)`: one array of the images of all chunks, at most `count`,
    mapped from a file in the cache. If that cannot be written, `build` is called again with an array in memory.
    """
    pillow = version("pillow").split(".")[0]  # which decodes and resizes, not in all versions alike
    stamp = json.dumps({"format": FORMAT, "pillow": pillow, **key}, sort_keys=True)
    stamp = hashlib.sha256(stamp.encode()).hexdigest()[:16]
    folder, bank = _private(cache_folder() / "banks") / f"{name}-{stamp}", None
    try:
        bank = read_bank(folder)
    except Damaged as error:
        note(f"decoded images in {folder} are made anew: {error}")
    if bank is not None:
        return bank
    try:
        with _alone(folder), _draft(folder.parent) as draft:
            if (bank := _read(folder)) is not None:  # another process has just built it
                return bank
            bank = build(partial(in_file, draft / PIXELS))
            _finish(bank, draft, folder)
    except Unwritable as error:
        note(f"decoded images are not kept: {folder.parent}: {error}")
        return build(in_memory) if bank is None else bank
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


def _private(folder: Path) -> Path:
    """The folder, made for this user alone if it is missing. Raises `RequestError` if others can write to it."""
    with suppress(OSError):  # a cache that cannot be written is no error
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if who := others_who_write(folder):
            raise RequestError(
                f"cache folder {folder}: expected that only you can write to it, as its images are used unseen; "
                f"got one that {who} can write to: use chmod go-w, or another folder as $FEWSHOT_CACHE"
            )
    return folder


def _read(folder: Path) -> ImageBank | None:
    """The bank in a folder, or None if there is none or it is damaged."""
    try:
        return read_bank(folder)
    except Damaged:
        return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lock a bank's folder, so that only this process builds it and others wait."""
    lock = folder.with_name(f".{folder.name}.lock")
    with ExitStack() as held:
        with writing():
            held.enter_context(claim(lock, wait=True))
        try:
            yield
        finally:
            with suppress(OSError):  # as of a full disk
                remove_lock(lock)  # a process that waits for it finds the bank, or builds it too


@contextmanager
def _draft(parent: Path) -> Iterator[Path]:
    """A new, locked folder to write a bank to, removed at the end; drafts of killed processes are removed first."""
    with writing():
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


def _finish(bank: ImageBank, draft: Path, folder: Path) -> None:
    """Write the rest of the bank to the draft and rename it, unless another process was faster."""
    write_bank(bank, draft)
    with writing():
        (draft / "lock").unlink()
        if _read(folder) is not None:
            return
        shutil.rmtree(folder, ignore_errors=True)  # damaged
        try:
            draft.rename(folder)
        except OSError:
            if _read(folder) is None:
                raise
