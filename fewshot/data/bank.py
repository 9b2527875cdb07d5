"""`ImageBank`: one split of a data set, decoded once, as uint8 on one device."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from fewshot.core.described import Described
from fewshot.core.errors import RequestError


@dataclass(frozen=True, repr=False)
class ImageBank(Described):
    """All images of one split; the images of a class are contiguous.

    Pixels range from 0 to 255, and ink is 255. `author` numbers the maker of an image within its group: drawer 3 of one
    alphabet and drawer 3 of another share the number and the name. `skipped` counts damaged images that were left out,
    and `damaged` holds their files and the reasons. `left_out` counts the "classes" of the whole data set that were
    left out as too small, and their "images". `names` holds the file of each image within the data set
    ("train/cat/3.png"), or its class and number in the class, from 1 ("cat/3"); the digest does not depend on them.
    """

    pixels: UInt8[Tensor, "image channel height width"]
    label: Int64[Tensor, " image"]
    group: Int64[Tensor, " image"]
    author: Int64[Tensor, " image"]
    classes: tuple[str, ...]
    groups: tuple[str, ...]
    authors: tuple[str, ...]
    digest: str
    skipped: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    damaged: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.names:
            object.__setattr__(self, "names", numbered(self.classes, self.count.tolist()))

    def __len__(self) -> int:
        return len(self.label)

    def summary(self) -> dict[str, str]:
        """Numbers of images, classes, groups and authors, and the shape of an image."""
        counts = {"images": len(self), "classes": len(self.classes), "groups": len(self.groups)}
        counts |= {"authors": len(self.authors)} | ({"skipped": self.skipped} if self.skipped else {})
        size = {"size": " × ".join(map(str, self.shape)), "device": str(self.device)}
        return {name: f"{count:,}" for name, count in counts.items()} | size

    @property
    def device(self) -> torch.device:
        """The device of the pixels."""
        return self.pixels.device

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of one image."""
        channels, height, width = self.pixels.shape[1:]
        return channels, height, width

    @cached_property
    def count(self) -> Int64[Tensor, " class"]:
        """Images per class."""
        return torch.bincount(self.label, minlength=len(self.classes))

    @cached_property
    def first(self) -> Int64[Tensor, " class"]:
        """Number of the first image of each class."""
        return self.count.cumsum(0) - self.count

    @cached_property
    def class_group(self) -> Int64[Tensor, " class"]:
        """The group that each class belongs to."""
        return self.group[self.first]

    def digest_of(self, image: int) -> str:
        """SHA-256 of the pixels of one image, the same for identical images of any bank."""
        return hashlib.sha256(self.pixels[image].cpu().contiguous().numpy().tobytes()).hexdigest()

    def only(self, image: Int64[Tensor, " image"]) -> "ImageBank":
        """A bank of some images, given in ascending order, and of their authors; every class must keep an image."""
        left, author = self.author[image].unique(return_inverse=True)
        if gone := set(range(len(self.classes))) - set(self.label[image].tolist()):
            raise RequestError(f"expected images of every class, got none of {self.classes[min(gone)]}")
        digest = hashlib.sha256(f"{self.digest} {image.tolist()}".encode()).hexdigest()
        kept = {name: getattr(self, name)[image] for name in ("pixels", "label", "group")}
        authors = tuple(self.authors[number] for number in left.tolist())
        names = tuple(self.names[number] for number in image.tolist())
        return replace(self, **kept, author=author, authors=authors, digest=digest, names=names)

    def centre(self, size: int) -> "ImageBank":
        """A bank of the central `size` × `size` pixels of every image, as a view; this bank if that is all of them."""
        least, sides = min(self.shape[1:]), self.shape[1:]
        if size > least:
            raise RequestError(f"size: expected at most {least} px, the side of the images, got {size}")
        if sides == (size, size):
            return self
        digest = hashlib.sha256(f"{self.digest} centre {size}".encode()).hexdigest()
        return replace(self, pixels=centre(self.pixels, size), digest=digest)

    def to(self, device: torch.device | str) -> "ImageBank":
        """The same bank on another device."""
        moved = {name: getattr(self, name).to(device) for name in ("pixels", "label", "group", "author")}
        return replace(self, **moved)


def centre(pixels: UInt8[Tensor, "*image height width"], size: int) -> UInt8[Tensor, "*image size size"]:
    """The central `size` × `size` pixels of images, as a view."""
    top, left = ((side - size) // 2 for side in pixels.shape[-2:])
    return pixels[..., top : top + size, left : left + size]


def make_bank(
    pixels: np.ndarray,
    label: np.ndarray,
    group: np.ndarray,
    author: np.ndarray,
    *,
    classes: tuple[str, ...],
    groups: tuple[str, ...],
    authors: tuple[str, ...],
    skipped: int = 0,
    names: Sequence[str] = (),
    damaged: Mapping[str, str] | None = None,
) -> ImageBank:
    """Check the arrays of a decoded split and make a bank of them, with a digest of their content.

    `pixels` is uint8 `[image channel height width]`; the other arrays hold one number an image. Without `names`, images
    are named by class and number. Raises `RequestError` for arrays of another form, if a class has no image or its
    images are not contiguous, and for another number of names than of images.
    """
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 4:
        raise _wrong("pixels", "a NumPy array, uint8 [image channel height width]", pixels)
    for name, values, known in (("label", label, classes), ("group", group, groups), ("author", author, authors)):
        _check_numbers(name, values, len(pixels), known)
    expected = np.arange(len(classes))
    if (np.diff(label) < 0).any() or not np.array_equal(np.unique(label), expected):
        empty = [classes[number] for number in np.setdiff1d(expected, label)]
        raise RequestError(f"expected the images of {len(classes)} classes, class by class; without any: {empty[:5]}")
    if names and len(names) != len(label):
        raise RequestError(f"names: expected one for each of {len(label):,} images, got {len(names):,}")
    numbers = [np.asarray(values, dtype=np.int64) for values in (label, group, author)]
    classes, groups, authors = tuple(classes), tuple(groups), tuple(authors)
    content = hashlib.sha256(json.dumps([classes, groups, authors, pixels.shape]).encode())
    for values in (pixels, *numbers):
        content.update(np.ascontiguousarray(values).data)
    image, of_class, of_group, by = (torch.from_numpy(np.ascontiguousarray(values)) for values in (pixels, *numbers))
    named = {"names": tuple(names), "damaged": dict(damaged or {})}
    return ImageBank(image, of_class, of_group, by, classes, groups, authors, content.hexdigest(), skipped, **named)


def _check_numbers(name: str, values: object, images: int, known: Sequence[str]) -> None:
    """Check that `values` are numbers of the `known` names, one an image."""
    if isinstance(known, str) or not isinstance(known, Sequence) or not all(isinstance(one, str) for one in known):
        raise RequestError(f"make_bank: expected a tuple of texts that name each {name}, got {known!r}")
    found = np.asarray(values)
    if found.shape != (images,) or not (found.dtype.kind in "iu" or not images):
        raise _wrong(name, f"whole numbers [{images}], one an image", values)
    if name != "label" and images and not 0 <= found.min() <= found.max() < len(known):  # labels: class by class
        raise RequestError(f"make_bank: {name}: expected 0 to {len(known) - 1}, got {found.min()} to {found.max()}")


def _wrong(name: str, expected: str, value: object) -> RequestError:
    dtype, shape = getattr(value, "dtype", type(value).__name__), list(getattr(value, "shape", ()))
    return RequestError(f"make_bank: {name}: expected {expected}, got {dtype} {shape}")


def numbered(classes: Sequence[str], counts: Sequence[int]) -> tuple[str, ...]:
    """The names of `counts` images of each class, for images without files: "cat/1", "cat/2", …"""
    counted = zip(classes, counts, strict=True)
    return tuple(f"{name}/{number}" for name, count in counted for number in range(1, count + 1))
