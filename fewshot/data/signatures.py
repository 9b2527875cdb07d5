"""Scans of signatures as a bank: parted from the paper by Otsu's threshold, cropped to the ink, and fitted to one size.

Raw scans tell genuine from forged by the grey of their paper alone; after this preparation paper is 0 and ink 255.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from fewshot.core.checks import Oblong, Size, sides, size_of
from fewshot.core.errors import RequestError, some, unknown
from fewshot.data.bank import ImageBank
from fewshot.data.cache import Keep, cached_chunks
from fewshot.data.handwriting import CONTRAST, NoInk, otsu
from fewshot.data.locations import listed
from fewshot.data.readers.archive import fingerprint
from fewshot.data.readers.decode import decoded
from fewshot.data.readers.file_tree import Tree, tree
from fewshot.data.readers.image_file import fitted, loaded, look
from fewshot.data.readers.photo_bank import WIDEST, photo_bank

CANVAS = Oblong(220, 310)  # px, the size in which signatures are kept without another


class Signature(NamedTuple):
    """The writer whose signature an image is or pretends to be, and whether it is forged."""

    writer: str
    forged: bool


class Scans(NamedTuple):
    """A data set of signatures: its name, its writers, the names of its folder or zip file, a function that reads a
    file's name (None for another file), where it is from, and how many genuine and forged ones each writer has, where
    that is one number."""

    name: str
    writers: tuple[str, ...]
    places: tuple[str, ...]
    parse: Callable[[str], Signature | None]
    source: str
    each: tuple[int, int] | None = None


def prepare(image: "PIL.Image.Image", size: Size, **options: object) -> UInt8[np.ndarray, "1 height width"]:
    """The ink of a scan, parted by Otsu's threshold, cropped to its box and fitted whole, in its proportions."""
    from PIL import Image

    grey = np.asarray(loaded(image).convert("L"))
    if grey.min() == grey.max():
        raise NoInk(f"all of its pixels are {grey.flat[0]}: there is no ink")
    ink = grey <= otsu(grey / 255) * 255
    if grey[~ink].mean() - grey[ink].mean() < CONTRAST * 255:  # the grain of blank paper, parted in two
        raise NoInk("there is no ink that stands out from a plain paper")
    ink = ~ink if ink.mean() > 0.5 else ink  # light ink on a dark ground
    rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return fitted(Image.fromarray(box * np.uint8(255)), 1, size, "pad")


def read_signatures(scans: Scans, classes: Sequence[str], size: Size | None, folders: Sequence[Path]) -> ImageBank:
    """The signatures of these writers, genuine before forged, in `size` (None: `CANVAS`)."""
    for name in classes:
        if name not in scans.writers:
            raise unknown(f"writer of {scans.name}", name, scans.writers)
    size, place = size_of(size or CANVAS, WIDEST), find_scans(scans, folders)
    key = {"classes": [*classes], "size": size, "files": fingerprint(place), "preparation": 1}

    def build(keep: Keep) -> ImageBank:
        with tree(place) as found:
            files = _by_writer(scans, found)
            if lacking := [name for name in classes if not any(not one.forged for one in files.get(name, {}).values())]:
                raise RequestError(f"{place}: expected genuine signatures of every writer, got none of {some(lacking)}")
            images = {
                name: [*sorted(files[name], key=lambda file: (files[name][file].forged, file))] for name in classes
            }
            forged = {file for name in classes for file, one in files[name].items() if one.forged}
            every = [file for of_class in images.values() for file in of_class]
            read = partial(_pixels, found, size)
            pixels = decoded(every, read, scans.name, int(np.prod(sides(size))))
            return photo_bank(keep, place, images, pixels, None, forged)

    return cached_chunks(scans.name, key, build)


def find_scans(scans: Scans, folders: Sequence[Path]) -> Path:
    """The folder or zip file with the scans. Raises `RequestError` where there is none, or an archive to unpack."""
    packed = None
    for base in map(Path, folders):
        for name in scans.places:
            for place in (base / name, base / f"{name}.zip"):
                if place.exists():
                    return place
            packed = packed or next(
                (one for one in base.glob(f"{name}.*") if one.suffix.lower() in (".rar", ".7z")), None
            )
    got = f"{packed}, which is to be unpacked into a folder {scans.places[0]}" if packed else "none"
    places = " or ".join(scans.places)
    raise RequestError(
        f"{scans.name}: expected a folder or zip file {places} in {listed(folders)} with the scans of {scans.source}, "
        f"got {got}"
    )


def locate_scans(scans: Scans, folders: Sequence[Path]) -> str:
    """The place of the scans, and whether they were prepared before."""
    try:
        place = find_scans(scans, folders)
    except RequestError:
        return f"not here: {scans.source}"
    prepared = any("binarised" in one.name for one in (place, *(place.glob("*.zip") if place.is_dir() else ())))
    return f"{place}, {'binarised and cropped before' if prepared else 'raw scans, prepared when they are read'}"


def verify_scans(scans: Scans, folders: Sequence[Path]) -> list[str]:
    """The numbers of writers and signatures. Raises `RequestError` for writers without genuine ones, or with other
    numbers than the data set has."""
    bank = read_signatures(scans, scans.writers, None, folders)
    for name, own, forgeries in zip(bank.classes, bank.count.tolist(), bank.forgeries.tolist(), strict=True):
        if scans.each and scans.each != (own, forgeries):
            expected = "{} genuine and {} forged signatures of each writer".format(*scans.each)
            raise RequestError(f"{scans.name}: expected {expected}, got {own} and {forgeries} of {name}")
    genuine, forged = int(bank.count.sum()), int(bank.forgeries.sum())
    content = (
        f"{len(bank.classes)} writers, {genuine:,} genuine signatures, {forged:,} forged, sha256 {bank.digest[:16]}…"
    )
    return [f"{scans.name}: {content}: {locate_scans(scans, folders)}"]


def _by_writer(scans: Scans, found: Tree) -> dict[str, dict[str, Signature]]:
    """The files of each writer. Raises `RequestError` for two files of one signature."""
    files: dict[str, dict[str, Signature]] = {}
    known: dict[str, str] = {}
    for file in found.images:
        if one := scans.parse(file):
            if (other := known.setdefault(PurePosixPath(file).stem.lower(), file)) != file:
                raise RequestError(f"{found.place}: expected each signature once, got {other} and {file}")
            files.setdefault(one.writer, {})[file] = one
    if not files:
        raise RequestError(f"{found.place}: expected the scans of {scans.source}, got {found.top}")
    return files


def _pixels(found: Tree, size: Size, file: str) -> UInt8[np.ndarray, "1 height width"]:
    return prepare(look(found.read(file)), size)
