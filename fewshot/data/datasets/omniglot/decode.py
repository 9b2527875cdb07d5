"""One archive of Omniglot, decoded to bits and verified to be the official content."""

import io
from collections import Counter
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8

from fewshot.core.errors import RequestError, some
from fewshot.data.datasets.omniglot.content import CHECK, PACKED, SIDE, Half, Packed, content_checks, content_digest
from fewshot.data.readers.archive import opened
from fewshot.data.readers.image_file import UNREADABLE

INK = 128  # darker grey values are ink


def decode(half: Half, path: Path) -> Packed:
    """All images of one archive in the order of `half.images`; `path` is a zip file or a folder.

    Raises `RequestError` that names missing, unexpected, unreadable or different images.
    """
    with opened(path) as (names, read):
        _same_names(half, names, path)
        packed, unreadable = np.empty((len(half.images), SIDE, PACKED), dtype=np.uint8), []
        for number, image in enumerate(half.images):
            try:
                packed[number] = pack(read(image))
            except UNREADABLE as error:
                unreadable.append(f"{image}: {error}")
    if unreadable:
        raise RequestError(f"{path}: expected {SIDE} × {SIDE} PNG images; damaged: {some(unreadable)}")
    _same_pixels(half, packed, path)
    return packed


def pack(png: bytes) -> UInt8[np.ndarray, "105 14"]:
    """The rows of one image, ink = 1; raises one of `UNREADABLE`."""
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(png), formats=("PNG",))
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from error
    with image:
        if image.size != (SIDE, SIDE):
            raise ValueError(f"{image.width} × {image.height} pixels")
        return np.packbits(ink_of(image), axis=-1)


def ink_of(image: "PIL.Image.Image") -> Bool[np.ndarray, "height width"]:
    """The pixels of an image that are dark."""
    return ~np.asarray(image) if image.mode == "1" else np.asarray(image.convert("L")) < INK


def unpack(packed: Packed) -> Bool[np.ndarray, "image 105 105"]:
    """Ink as booleans."""
    return np.unpackbits(packed, axis=-1, count=SIDE).view(bool)


def _same_names(half: Half, names: list[str], path: Path) -> None:
    expected, there = Counter(half.images), Counter(names)
    missing, extra = sorted((expected - there).elements()), sorted((there - expected).elements())
    if not missing and not extra:
        return
    found = [f"missing {some(_whole(missing, half))}"] if missing else []
    found += [f"not expected {some(extra)}"] if extra else []
    raise RequestError(f"{path}: expected exactly the {len(half.images):,} images of {half.name}; {'; '.join(found)}")


def _whole(missing: list[str], half: Half) -> list[str]:
    """The missing images, with whole alphabets and whole characters under one name."""
    for depth in (1, 2):

        def folder(image: str, depth: int = depth) -> str:
            return "/".join(image.split("/")[:depth])

        total, gone = Counter(map(folder, half.images)), Counter(map(folder, missing))
        named = (folder(image) if gone[folder(image)] == total[folder(image)] else image for image in missing)
        missing = list(dict.fromkeys(named))
    return missing


def _same_pixels(half: Half, packed: Packed, path: Path) -> None:
    if (digest := content_digest(half.name, half.images, packed)) == half.digest:
        return
    found = content_checks(packed)
    pairs = (slice(start, start + CHECK) for start in range(0, len(found), CHECK))
    other = [image for image, pair in zip(half.images, pairs, strict=True) if found[pair] != half.checks[pair]]
    raise RequestError(
        f"{path}: expected the official pixels of {half.name} (sha256 {half.digest[:12]}…, got {digest[:12]}…); "
        f"other pixels in {some(other)}"
    )
