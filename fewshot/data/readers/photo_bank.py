"""A bank made from image files, decoded on all cores; damaged ones are named or left out."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fewshot.core.checks import Size, sides, size_of
from fewshot.core.errors import RequestError, some, unknown
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.cache import Keep
from fewshot.data.readers.decode import decoded
from fewshot.data.readers.image_file import BITS, FITS, fitted, kind_of, largest_value, loaded, look, upright_size
from fewshot.data.readers.memory import room_for

Decoded = Iterator[list[UInt8[np.ndarray, "channel height width"] | str]]
EIGHT_BITS = ("JPEG", "WEBP", "GIF", "BMP")  # formats without 16-bit grey
ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp")  # of these formats
WIDEST = 2**13  # pixels a side: no file of more is read
ALL = "."  # the group of classes that name none


@dataclass(frozen=True)
class Stored:
    """How images are stored: `size` in pixels, None for the size that all have, and whether to skip damaged ones."""

    channels: int
    size: Size | None
    fit: str
    skip_damaged: bool

    def key(self) -> dict:
        """Plain values, for a cache."""
        return asdict(self)


def stored(name: str, size: Size | None, *, channels: int, resize: int, fit: str, skip_damaged: bool) -> Stored:
    """The checked options with which the data set `name` stores images. Raises `RequestError` for a wrong one."""
    size = None if size is None else size_of(size, WIDEST)
    if channels not in (1, 3):
        raise RequestError(f"channels of {name}: expected 1 (grey) or 3 (colour), got {channels!r}", "channels")
    if resize > WIDEST:
        raise RequestError(f"resize of {name}: expected at most {WIDEST:,} pixels, got {resize!r}", "resize")
    if resize < 0 or 0 < resize < max(sides(size or 0)):
        least = f"0 (the size itself) or at least {size} px, the size" if size else "0 or a number of pixels"
        raise RequestError(f"resize of {name}: expected {least}, got {resize!r}", "resize")
    if fit not in FITS:
        raise unknown(f"fit of {name}", str(fit), FITS, "fit")
    return Stored(channels, resize or size, fit, skip_damaged)


def bank_of_files(
    keep: Keep,
    place: Path,
    images: Mapping[str, Sequence[str]],
    read: Callable[[str], bytes],
    how: Stored,
    what: str,
    bits: int = BITS[-1],
    forged: Collection[str] = (),
) -> ImageBank:
    """The bank of the image files of each class, those that are `forged` last; `read` returns the content of a file.

    16-bit grey uses `bits`.
    """
    files = [file for of_class in images.values() for file in of_class]
    size = how.size or _native_size(place, files, read, what)

    def decode(file: str) -> UInt8[np.ndarray, "channel height width"]:
        with room_for(read(file)) as image:
            return fit_photo(image, how, size, bits)

    found = decoded(files, decode, what, how.channels * math.prod(sides(size)))
    return photo_bank(keep, place, images, found, how.skip_damaged, forged)


def fit_photo(
    image: "PIL.Image.Image", how: Stored, size: Size, bits: int = 0
) -> UInt8[np.ndarray, "channel height width"]:
    """The pixels of one image as a bank holds them; 16-bit grey uses `bits`.

    Raises `ValueError` for 16-bit grey of 0 bits, as one image does not tell how many the others of its kind use.
    """
    if not bits and largest_value(image)[0]:
        raise ValueError(
            "16 bits of grey, of which the network's data set does not say how many are in use: option bits"
        )
    return fitted(loaded(image, bits or BITS[-1]), how.channels, size, how.fit)


def bits_of(
    files: Sequence[str], read: Callable[[str], bytes], start: Callable[[str], bytes], what: str
) -> tuple[int, int]:
    """The bits that 16-bit grey images among these files use, by the largest of all values; and this value, or 0.

    `start` reads the first bytes of a file: the ending of its name may be that of another format.
    Raises `RequestError` for 16-bit colour that leaves the uppermost bits unused: it would be nearly black.
    """

    def largest(file: str) -> tuple[int, int]:
        if file.lower().endswith(ENDINGS) and kind_of(start(file)) in EIGHT_BITS:
            return 0, 0
        with room_for(read(file)) as image:
            return largest_value(image)

    found = (value for some_values in decoded(files, largest, what) for value in some_values)
    most, colour = map(max, zip((0, 0), *(value for value in found if not isinstance(value, str)), strict=True))
    if 0 < colour < 2 ** BITS[-2]:
        raise RequestError(
            f"{what}: expected 16-bit colour that uses all 16 bits, of which the upper 8 are read, "
            f"got values up to {colour:,} in all images, which would be nearly black: convert them to 8 bits"
        )
    return bits_in_use(most), most


def bits_in_use(most: int) -> int:
    """The bits in use of 16-bit grey with this largest value."""
    return next((bits for bits in BITS if most < 2**bits), BITS[-1]) if most else BITS[-1]


def photo_bank(
    keep: Keep,
    place: Path,
    images: Mapping[str, Sequence[str]],
    found: Decoded,
    skip_damaged: bool | None,
    forged: Collection[str] = (),
) -> ImageBank:
    """The bank of the images of each class by name, those that are `forged` last; `found` yields their pixels in order,
    or why one is damaged.

    A class "Group/name" is of that group. Raises `RequestError` that names damaged images, unless `skip_damaged`, which
    is None for a data set without that option, and for a class without an image left.
    """
    files = [file for of_class in images.values() for file in of_class]
    damaged: dict[int, str] = {}
    pixels = keep(len(files), _readable(found, damaged, skip_damaged))
    reasons = [f"{files[number]}: {why}" for number, why in damaged.items()]
    if damaged and not skip_damaged:
        hint = "; skip_damaged = true leaves them out" if skip_damaged is not None else ""
        raise RequestError(f"{place}: expected images that can be read; damaged: {some(reasons)}{hint}")
    classes = tuple(images)
    label = np.delete(np.repeat(np.arange(len(classes)), [len(own) for own in images.values()]), list(damaged))
    if empty := [classes[number] for number in np.setdiff1d(np.arange(len(classes)), label)]:
        raise RequestError(
            f"{place}: expected readable images of every class, got none of {some(empty)}; {some(reasons)}"
        )
    group_of = [name.split("/")[0] if "/" in name else ALL for name in classes]
    groups = tuple(dict.fromkeys(group_of))
    number = {name: place for place, name in enumerate(groups)}
    return make_bank(
        pixels,
        label,
        np.array([number[name] for name in group_of])[label],
        np.zeros_like(label),
        classes=classes,
        groups=groups,
        authors=("unknown",),
        skipped=len(damaged),
        names=(kept := [file for number, file in enumerate(files) if number not in damaged]),
        forged=np.array([file in forged for file in kept], bool),
        damaged={files[number]: why for number, why in damaged.items()},
    )


def _readable(
    found: Decoded, damaged: dict[int, str], skip: bool | None
) -> Iterator[UInt8[np.ndarray, "_ channel height width"]]:
    """Yield the readable images and add the reasons of the others to `damaged`; stop at these unless `skip`."""
    number = 0
    for some_images in found:
        damaged.update((place, one) for place, one in enumerate(some_images, number) if isinstance(one, str))
        number += len(some_images)
        good = [one for one in some_images if not isinstance(one, str)]
        if good and (skip or not damaged):
            yield np.stack(good)


def _native_size(place: Path, files: Sequence[str], read: Callable[[str], bytes], what: str) -> Size:
    """The size of the images, which must all have one."""
    sizes = {
        size for some_sizes in decoded(files, lambda file: upright_size(look(read(file))), what) for size in some_sizes
    }
    shapes = sorted(size for size in sizes if not isinstance(size, str))
    if len(shapes) > 1:
        shown = [f"{wide} × {high}" for wide, high in shapes]
        raise RequestError(f"size: expected a number of pixels, as images of {place} are {some(shown)}, got none")
    return size_of(shapes[0][::-1]) if shapes else 1  # all are damaged, which is reported when they are read
