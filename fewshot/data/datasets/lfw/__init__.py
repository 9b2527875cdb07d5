"""Labeled Faces in the Wild (Huang et al. 2007): photographs of 5,749 people, in grey; a class is a person.

`images = "funneled"` and "original" are the official archives (13,233 images of 250 × 250), of which the central `crop`
pixels are kept: no detector is needed. `images = "detected"` are crops of a face detector at 84 × 84, of 12,794 of the
images: a subset, whose figures are not those of LFW.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from fewshot.core.checks import between, check_type
from fewshot.core.errors import RequestError, unknown
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.cache import cached
from fewshot.data.datasets import dataset
from fewshot.data.datasets.lfw.files import COUNTS, KINDS, find, people, place_of, stamp
from fewshot.data.datasets.lfw.files import images as files_of
from fewshot.data.readers.image_file import UNREADABLE, loaded
from fewshot.data.readers.in_tensors import OUTSIDE, count_to, length_of, resampled, stretched

OFFICIAL, CROPPED, NATIVE = 250, 150, 84  # pixels a side: of an official image, kept of it, and of a detected face
EVERY = 10  # without lists of pairs, one person in so many is of val, and the next of test


def locate(folders: Sequence[Path]) -> str:
    """The place of each kind of images, without reading them."""
    return "; ".join(f"{kind} {place_of(kind, folders) or 'not here'}" for kind in KINDS)


def splits(folders: Sequence[Path], *, images: str = KINDS[0], crop: int = CROPPED) -> dict[str, tuple[str, ...]]:
    """All people, in the order of their names: of every ten the last but one is of val and the last of test."""
    names = tuple(people(find(images, folders)))
    number = {"val": EVERY - 2, "test": EVERY - 1}
    held = {split: names[first::EVERY] for split, first in number.items()}
    return {"train": tuple(name for place, name in enumerate(names) if place % EVERY not in number.values()), **held}


def verify(folders: Sequence[Path]) -> list[str]:
    """Decode every image that is here, and count images and people of each kind."""
    kinds = [kind for kind in KINDS if place_of(kind, folders)] or [KINDS[0]]
    lines = []
    for kind in kinds:
        place = find(kind, folders)
        bank = lfw(tuple(people(place)), NATIVE, folders, images=kind)
        expected = "{:,} images of {:,} people".format(*COUNTS[kind])
        if (found := f"{len(bank):,} images of {len(bank.classes):,} people") != expected:
            raise RequestError(f"{place}: expected {expected}, got {found}")
        subset = ", a subset of LFW by a face detector" if kind == "detected" else ""
        lines.append(f"lfw, {kind}: {found}{subset}, sha256 {bank.digest[:16]}…: {place}")
    return lines


def check(size: int | None, *, images: str = KINDS[0], crop: int = CROPPED) -> None:
    """Raise `RequestError` for options out of range; no file is looked for."""
    if images not in KINDS:
        raise unknown("images", str(images), KINDS, "images")
    check_type("crop", crop, int, "crop")
    between(16, OFFICIAL, crop=crop)


def prepare(
    image: "PIL.Image.Image", size: int, *, images: str = KINDS[0], crop: int = CROPPED
) -> UInt8[np.ndarray, "1 size size"]:
    """The pixels of one image, which is cropped as an official one; a detected face is taken whole."""
    return _face(image, size, min(image.size) if images == "detected" else crop * min(image.size) // OFFICIAL)


def prepare_tensors(
    faces: UInt8[Tensor, "image 1 _ _"], size: int, *, images: str = KINDS[0], crop: int = CROPPED
) -> UInt8[Tensor, "image 1 _ _"]:
    """The same of a batch, in operations on tensors."""
    lengths = [length_of(faces, axis) for axis in (-2, -1)]
    least = torch.minimum(*lengths)
    kept = least if images == "detected" else (crop * least / OFFICIAL).floor()
    weights = []
    for count, length in zip(faces.shape[-2:], lengths, strict=True):
        place = count_to(count, faces) - ((length - kept) / 2).floor()
        seen = torch.where((place >= 0) & (place < kept), place, OUTSIDE)
        weights.append(stretched(seen, (0 * kept, kept), size))
    return resampled(faces, *weights)


@dataset(
    locate=locate,
    verify=verify,
    splits=splits,
    check=check,
    prepare=prepare,
    prepare_tensors=prepare_tensors,
    class_word="people",
)
def lfw(
    classes: Sequence[str],
    size: int | None,
    folders: Sequence[Path],
    *,
    images: str = "funneled",
    crop: int = 150,
) -> ImageBank:
    """The images of each person, by number, at `size` (None: 84). All are decoded once and kept in the cache.

    Raises `RequestError` if the images are not here, for an unknown person, and for a damaged image.
    """
    check(size, images=images, crop=crop)
    place, side = find(images, folders), size or NATIVE
    known = people(place)
    for name in classes:
        if name not in known:
            raise unknown("person of lfw", name, known)
    key = {"size": side, "images": images, "crop": crop, "revision": lfw.marks.revision, "files": stamp(place)}
    every = cached("lfw", key, lambda: _build(place, known, side, images, crop))
    first = dict(zip(every.classes, zip(every.first.tolist(), every.count.tolist(), strict=True), strict=True))
    chosen = np.concatenate([first[name][0] + np.arange(first[name][1]) for name in classes])
    label = np.repeat(np.arange(len(classes)), [first[name][1] for name in classes])
    return _bank(every.pixels.numpy()[chosen], label, tuple(classes), [every.names[one] for one in chosen.tolist()])


def _build(place: Path, known: dict[str, tuple[str, ...]], side: int, kind: str, crop: int) -> ImageBank:
    from PIL import Image

    names = [f"{person}/{image}.jpg" for person, own in known.items() for image in own]
    number = {name: one for one, name in enumerate(names)}
    pixels = np.empty((len(names), 1, side, side), np.uint8)
    for person, image, read in files_of(place):
        try:
            with Image.open(io.BytesIO(read()), formats=["JPEG"]) as face:
                found = face.size
                pixels[number[f"{person}/{image}.jpg"]] = prepare(face, side, images=kind, crop=crop)
        except UNREADABLE as error:
            raise RequestError(f"{place}: expected a JPEG image {image}.jpg, got: {error}") from error
        if kind != "detected" and found != (OFFICIAL, OFFICIAL):
            got = "{} × {} px".format(*found)
            raise RequestError(f"{place}: expected LFW's images of {OFFICIAL} px, got {image}.jpg of {got}")
    label = np.repeat(np.arange(len(known)), [len(own) for own in known.values()])
    return _bank(pixels, label, tuple(known), names)


def _bank(pixels: np.ndarray, label: np.ndarray, classes: tuple[str, ...], names: Sequence[str]) -> ImageBank:
    alone = np.zeros_like(label)
    return make_bank(
        pixels, label, alone, alone, classes=classes, groups=("people",), authors=("unknown",), names=names
    )


def _face(image: "PIL.Image.Image", size: int, crop: int) -> UInt8[np.ndarray, "1 size size"]:
    from PIL import Image

    grey = loaded(image).convert("L")
    left, top = ((length - crop) // 2 for length in grey.size)
    face = grey.crop((left, top, left + crop, top + crop))
    return np.asarray(face.resize((size, size), Image.Resampling.BILINEAR))[None]
