"""The two files of MNIST's test images, found or fetched, unpacked and verified."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from fewshot.core.errors import RequestError
from fewshot.core.files import regular
from fewshot.data.locations import listed
from fewshot.data.readers.archive import what_is
from fewshot.data.readers.download import download

IMAGES, SIDE = 10_000, 28
SUBFOLDERS = ("mnist", "MNIST/raw", ".")  # the second is torchvision's
ADDRESS = "https://ossci-datasets.s3.amazonaws.com/mnist"  # the mirror that torchvision uses


class File(NamedTuple):
    """An idx file: its name, the bytes of its header and all of its bytes, and the MD5 of these."""

    name: str
    header: int
    size: int
    md5: str


PIXELS = File("t10k-images-idx3-ubyte", 16, 16 + IMAGES * SIDE * SIDE, "2646ac647ad5339dbf082846283269ea")
LABELS = File("t10k-labels-idx1-ubyte", 8, 8 + IMAGES, "27ae3e4e09519cfbb04c329615203637")


def locate_files(folders: Sequence[Path]) -> str:
    """The places of both files, without reading them."""
    found = {file.name: _find(file, folders) for file in (PIXELS, LABELS)}
    return "; ".join(f"{name} {path or 'not here (fetched when it is needed)'}" for name, path in found.items())


def fetch_files(folders: Sequence[Path]) -> None:
    """Download the missing files."""
    for file in (PIXELS, LABELS):
        _find_or_fetch(file, folders)


def verify_files(folders: Sequence[Path]) -> list[str]:
    """A line for each file, whose content is official. Raises `RequestError` for another one."""
    lines = []
    for file in (PIXELS, LABELS):
        if (path := _find(file, folders)) is None:
            places = f"{listed(folders)} (there or below mnist/)"
            raise RequestError(
                f"MNIST: expected {file.name} in {places}, found none; fewshot data fetch mnist fetches it"
            )
        _read(file, path)
        lines.append(f"{file.name}: content verified (MD5 {file.md5}): {path}")
    return lines


def read_digits(folders: Sequence[Path]) -> tuple[UInt8[np.ndarray, "image side side"], UInt8[np.ndarray, " image"]]:
    """The test images, ink 255, and their digits. Raises `RequestError` where they are missing or not official."""
    pixels, labels = (_read(file, _find_or_fetch(file, folders)) for file in (PIXELS, LABELS))
    return pixels.reshape(-1, SIDE, SIDE), labels


def _find(file: File, folders: Sequence[Path]) -> Path | None:
    return next((place for place in _places(file, folders) if place.is_file()), None)


def _places(file: File, folders: Sequence[Path]) -> Iterator[Path]:
    """Every path at which a file is searched, packed or not, under both spellings of its name."""
    for folder in folders:
        for subfolder in SUBFOLDERS:
            for name in (file.name, file.name.replace("-idx", ".idx")):
                yield from (Path(folder) / subfolder / f"{name}{ending}" for ending in (".gz", ""))


def _find_or_fetch(file: File, folders: Sequence[Path]) -> Path:
    """The file in a folder, or else a download into the last one."""
    if path := _find(file, folders):
        return path
    address, target = f"{ADDRESS}/{file.name}.gz", Path(folders[-1]) / "mnist" / f"{file.name}.gz"
    if reason := download(address, target, lambda draft: _wrong(file, draft)):
        raise RequestError(
            f"MNIST: expected {file.name}.gz in {listed(folders)} (there or below mnist/), found none, and {reason}. "
            f"Fetch {address} and name its folder by --data DIR or $FEWSHOT_DATA"
        )
    return target


def _wrong(file: File, draft: Path) -> str:
    try:
        _read(file, draft)
    except RequestError:
        return f"the download was {what_is(draft)}, with other content (removed)"
    return ""


def _read(file: File, path: Path) -> UInt8[np.ndarray, " value"]:
    """The values of an idx file without its header."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(regular(path), "rb") as stream:
            content = stream.read(file.size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RequestError(f"{path}: expected MNIST's {file.name}, got: {error}") from error
    if (got := hashlib.md5(content, usedforsecurity=False).hexdigest()) != file.md5:
        raise RequestError(f"{path}: expected MNIST's {file.name}, of MD5 {file.md5}, got {got}")
    return np.frombuffer(content, np.uint8, offset=file.header)
