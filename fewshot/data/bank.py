"""`ImageBank`: one split of a data set, decoded once, as uint8 on one device."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Int64, UInt8
from torch import Tensor

from fewshot.core.checks import Size, sides, size_of
from fewshot.core.described import Described
from fewshot.core.errors import RequestError


@dataclass(frozen=True, repr=False)
class ImageBank(Described):
    """All images of one split; the images of a class are contiguous, its forgeries after the genuine ones.

    Pixels range from 0 to 255, and ink is 255. `author` numbers the maker of an image within its group: drawer 3 of one
    alphabet and drawer 3 of another share the number and the name. `skipped` counts damaged images that were left out,
    and `damaged` holds their files and the reasons. `left_out` counts the "classes" of the whole data set that were
    left out as too small, and their "images". `names` holds the file of each image within the data set
    ("train/cat/3.png"), or its class and number in the class, from 1 ("cat/3"); the digest does not depend on them. An
    image that is `forged` pretends to be of its class: `count` leaves it out, so that no task draws it, and it is a
    negative of this class and of no other.
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
    forged: Bool[Tensor, " image"] = None  # pyright: ignore[reportAssignmentType]  # none are, by default

    def __post_init__(self) -> None:
        if self.forged is None:
            object.__setattr__(self, "forged", torch.zeros_like(self.label, dtype=torch.bool))
        if not self.names:
            object.__setattr__(self, "names", numbered(self.classes, (self.count + self.forgeries).tolist()))

    def __len__(self) -> int:
        return len(self.label)

    def summary(self) -> dict[str, str]:
        """Numbers of images, classes, groups and authors, and the shape of an image."""
        counts = {"images": len(self), "classes": len(self.classes), "groups": len(self.groups)}
        counts |= {"authors": len(self.authors)} | ({"skipped": self.skipped} if self.skipped else {})
        counts |= {"forged": forged} if (forged := int(self.forged.sum())) else {}
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
        """Genuine images per class."""
        return torch.bincount(self.label[~self.forged], minlength=len(self.classes))

    @cached_property
    def forgeries(self) -> Int64[Tensor, " class"]:
        """Forged images per class."""
        return torch.bincount(self.label[self.forged], minlength=len(self.classes))

    @cached_property
    def first(self) -> Int64[Tensor, " class"]:
        """Number of the first image of each class."""
        every = self.count + self.forgeries
        return every.cumsum(0) - every

    @cached_property
    def class_group(self) -> Int64[Tensor, " class"]:
        """The group that each class belongs to."""
        return self.group[self.first]

    def digest_of(self, image: int) -> str:
        """SHA-256 of the pixels of one image, the same for identical images of any bank."""
        return hashlib.sha256(self.pixels[image].cpu().contiguous().numpy().tobytes()).hexdigest()

    def only(self, image: Int64[Tensor, " image"]) -> "ImageBank":
        """A bank of some images, given in ascending order, and of their authors; every class must keep a genuine
        one."""
        left, author = self.author[image].unique(return_inverse=True)
        if gone := set(range(len(self.classes))) - set(self.label[image[~self.forged[image]]].tolist()):
            raise RequestError(f"expected images of every class, got none of {self.classes[min(gone)]}")
        authors = tuple(self.authors[number] for number in left.tolist())
        return replace(self.part(image, f"{image.tolist()}"), author=author, authors=authors)

    def part(self, image: Int64[Tensor, " image"], which: str) -> "ImageBank":
        """A bank of some images in their order, and of the classes that they are of; its digest names `which`."""
        kept, label = self.label[image].unique(return_inverse=True)
        own = {name: getattr(self, name)[image] for name in ("pixels", "group", "author", "forged")}
        own |= {"classes": tuple(self.classes[number] for number in kept.tolist())}
        own |= {"names": tuple(self.names[number] for number in image.tolist())}
        return replace(self, **own, label=label, digest=hashlib.sha256(f"{self.digest} {which}".encode()).hexdigest())

    def centre(self, size: Size) -> "ImageBank":
        """A bank of the central pixels of every image, as a view; this bank if that is all of them."""
        there, wanted = self.shape[1:], sides(size)
        if wanted.height > there[0] or wanted.width > there[1]:
            raise RequestError(f"size: expected at most {size_of(there)} px, that of the images, got {size}")
        if there == wanted:
            return self
        digest = hashlib.sha256(f"{self.digest} centre {size}".encode()).hexdigest()
        return replace(self, pixels=centre(self.pixels, size), digest=digest)

    def to(self, device: torch.device | str) -> "ImageBank":
        """The same bank on another device."""
        moved = {name: getattr(self, name).to(device) for name in ("pixels", "label", "group", "author", "forged")}
        return replace(self, **moved)


def centre(pixels: UInt8[Tensor, "*image _ _"], size: Size) -> UInt8[Tensor, "*image height width"]:
    """The central pixels of images, as a view."""
    height, width = sides(size)
    top, left = (pixels.shape[-2] - height) // 2, (pixels.shape[-1] - width) // 2
    return pixels[..., top : top + height, left : left + width]


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
    forged: np.ndarray | None = None,
) -> ImageBank:
    """Check the arrays of a decoded split and make a bank of them, with a digest of their content.

    `pixels` is uint8 `[image channel height width]`; the other arrays hold one number an image, `forged` a bool.
    Without `names`, images are named by class and number. Raises `RequestError` for arrays of another form, if a class
    has no genuine image or its images are not contiguous, genuine before forged, and for another number of names than
    of images.
    """
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 4:
        raise _wrong("pixels", "a NumPy array, uint8 [image channel height width]", pixels)
    for name, values, known in (("label", label, classes), ("group", group, groups), ("author", author, authors)):
        _check_numbers(name, values, len(pixels), known)
    label, group, author = (np.asarray(values, dtype=np.int64) for values in (label, group, author))
    roles = np.zeros(len(label), bool) if forged is None else np.asarray(forged)
    if roles.shape != label.shape or roles.dtype != np.bool_:
        raise _wrong("forged", f"bools [{len(label)}], one an image", forged)
    expected, genuine = np.arange(len(classes)), label[~roles]
    whole = all(np.array_equal(np.unique(one), expected) for one in (label, genuine))
    if not whole or (np.diff(2 * label + roles) < 0).any():
        empty = [classes[number] for number in np.setdiff1d(expected, genuine)]
        order = ", genuine before forged" if roles.any() else ""
        raise RequestError(
            f"expected the images of {len(classes)} classes, class by class{order}; without any: {empty[:5]}"
        )
    first = np.searchsorted(label, expected)  # image of each class
    if len(split := np.unique(label[group != group[first][label]])):
        got = [classes[number] for number in split[:5]]
        raise RequestError(f"make_bank: group: expected one for each class, got several for {got}")
    if len(names) and len(names) != len(label):
        raise RequestError(f"names: expected one for each of {len(label):,} images, got {len(names):,}")
    classes, groups, authors = tuple(classes), tuple(groups), tuple(authors)
    content = hashlib.sha256(json.dumps([classes, groups, authors, pixels.shape]).encode())
    numbers = (label, group, author)
    for values in (pixels, *numbers, *([roles] if roles.any() else [])):  # digests of banks without any stay
        content.update(np.ascontiguousarray(values).data)
    own = pixels if isinstance(pixels, np.memmap) else pixels.copy()  # of an array that its maker may fill again
    image = torch.from_numpy(np.ascontiguousarray(own))
    of_class, of_group, by = (torch.from_numpy(values.copy()) for values in numbers)
    named = {"names": tuple(names), "damaged": dict(damaged or {}), "forged": torch.from_numpy(roles)}
    return ImageBank(image, of_class, of_group, by, classes, groups, authors, content.hexdigest(), skipped, **named)


def _check_numbers(name: str, values: object, images: int, known: Sequence[str]) -> None:
    """Check that `values` are numbers of the `known` names, one an image."""
    if isinstance(known, str) or not isinstance(known, Sequence) or not all(isinstance(one, str) for one in known):
        raise RequestError(f"make_bank: expected a tuple of texts that name each {name}, got {known!r}")
    if name == "label" and len(different := {*known}) < len(known):
        got = f"{len(different)} different ones among {len(known)}"
        raise RequestError(f"make_bank: classes: expected each name once, got {got}")
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
