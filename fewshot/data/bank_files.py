"""The files of one bank in a folder: pixels, numbers and names, and a seal over the bytes of all three."""

import errno
import gzip
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from fewshot.core.files import others_who_write, regular
from fewshot.data.bank import ImageBank

Chunks = Iterator[UInt8[np.ndarray, "_ channel height width"]]
PIXELS = "pixels.npy"
FILES = ("names.json.gz", "numbers.npy", PIXELS)
SEAL = "seal"
NAMES = ("classes", "groups", "authors", "names")
COUNTS = ("digest", "skipped", "left_out", "damaged")
_checked: set[tuple] = set()  # banks whose seal this process has compared, by number and time of their files


class Unwritable(Exception):
    """The cache cannot be written; the message is the reason."""


class Damaged(Exception):
    """The files of a bank are not as they were written, or others may have written them; the message is the reason."""


def read_bank(folder: Path) -> ImageBank | None:
    """The bank in a folder, its pixels memory-mapped, or None if there is no folder.

    The process that first reads a bank compares the bytes of its files with the seal. Raises `Damaged` where they
    differ, and where another user can write to them.
    """
    try:
        if not folder.is_dir():
            return None
        if who := next(filter(None, map(others_who_write, (folder, *(folder / name for name in (*FILES, SEAL))))), ""):
            raise Damaged(f"they can be changed by {who}")
        if _stamp(folder) not in _checked and regular(folder / SEAL).read_bytes() != _seal(folder):
            raise Damaged("their bytes differ from their seal")
        _checked.add(_stamp(folder))
        # Copy-on-write: pages are read from the file, and torch gets the writable array that it requires.
        pixels = np.load(folder / PIXELS, mmap_mode="c")
        numbers = np.load(folder / "numbers.npy")
        plain = json.loads(gzip.decompress((folder / "names.json.gz").read_bytes()))
    except (OSError, ValueError) as error:  # a file that is missing, or a seal that is no text
        raise Damaged(str(error)) from error
    named = {key: tuple(plain[key]) for key in NAMES} | {key: plain[key] for key in COUNTS}
    label, group, author, *forged = torch.from_numpy(numbers)
    named |= {"forged": forged[0].bool()} if forged else {}
    return ImageBank(torch.from_numpy(pixels), label, group, author, **named)


def write_bank(bank: ImageBank, folder: Path) -> None:
    """Write a bank to a folder that may hold its pixels already, and seal it."""
    with writing():
        if not (folder / PIXELS).exists():
            np.save(folder / PIXELS, bank.pixels.numpy())
        numbers = [bank.label, bank.group, bank.author, *([bank.forged.long()] if bank.forged.any() else [])]
        np.save(folder / "numbers.npy", torch.stack(numbers).numpy())
        plain = json.dumps({key: getattr(bank, key) for key in (*NAMES, *COUNTS)})
        (folder / "names.json.gz").write_bytes(gzip.compress(plain.encode(), compresslevel=1, mtime=0))
        (folder / SEAL).write_bytes(_seal(folder))
        for name in (*FILES, SEAL):
            (folder / name).chmod(0o600)
        _checked.add(_stamp(folder))


@contextmanager
def writing() -> Iterator[None]:
    """A block in which an error of the file system is `Unwritable`."""
    try:
        yield
    except OSError as error:
        raise Unwritable(error.strerror or str(error)) from error


def in_file(file: Path, count: int, chunks: Chunks) -> UInt8[np.ndarray, "image channel height width"]:
    """Write the images of all chunks, at most `count`, to an .npy file and return it memory-mapped."""
    kept, shape = 0, (0, 0, 0)
    with writing():
        out = file.open("wb", buffering=0)
    with out:
        for chunk in chunks:
            with writing():
                if not kept:
                    shape = chunk.shape[1:]
                    if count * chunk[0].nbytes > shutil.disk_usage(file.parent).free:
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    out.write(_header(count, shape))
                left = memoryview(np.ascontiguousarray(chunk)).cast("B")
                while left:
                    left = left[out.write(left) :]
            kept += len(chunk)
        with writing():
            out.seek(0)
            out.write(_header(kept, shape))  # same length: numpy pads the header for any number of images
    with writing():
        return np.load(file, mmap_mode="c" if kept else None)


def in_memory(count: int, chunks: Chunks) -> UInt8[np.ndarray, "image channel height width"]:
    """The images of all chunks, at most `count`, in one array."""
    pixels, kept = np.empty((0, 0, 0, 0), np.uint8), 0
    for chunk in chunks:
        if not kept:
            pixels = np.empty((count, *chunk.shape[1:]), np.uint8)
        pixels[kept : kept + len(chunk)] = chunk
        kept += len(chunk)
    return pixels[:kept]


def _header(count: int, shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    described = {"descr": "|u1", "fortran_order": False, "shape": (count, *shape)}
    np.lib.format.write_array_header_1_0(header, described)
    return header.getvalue()


def _seal(folder: Path) -> bytes:
    """SHA-256 of the digests of the files."""
    digests = b""
    for name in FILES:
        with regular(folder / name).open("rb") as file:
            digests += hashlib.file_digest(file, "sha256").digest()
    return hashlib.sha256(digests).hexdigest().encode()


def _stamp(folder: Path) -> tuple:
    found = [(folder / name).stat() for name in FILES]
    return tuple((one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns) for one in found)
