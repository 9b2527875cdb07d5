"""`ImageBank`: one split of a data set, decoded once, as uint8 on one device, behind a memory-mapped cache."""

import hashlib
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from fewshot.errors import RequestError, unknown


@dataclass(frozen=True)
class ImageBank:
    """All images of one split; the images of a class are contiguous.

    Pixels run from 0 to 255 and ink (where there is ink) is 255. `author` numbers whoever made the image within its
    group: drawer 3 of one alphabet and drawer 3 of another share the number and the name.
    """

    pixels: UInt8[Tensor, "image channel height width"]
    label: Int64[Tensor, " image"]
    group: Int64[Tensor, " image"]
    author: Int64[Tensor, " image"]
    classes: tuple[str, ...]
    groups: tuple[str, ...]
    authors: tuple[str, ...]
    digest: str

    def __len__(self) -> int:
        return len(self.label)

    @property
    def device(self) -> torch.device:
        """Where the pixels are."""
        return self.pixels.device

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of one image."""
        return tuple(self.pixels.shape[1:])

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

    def only(self, image: Int64[Tensor, " image"]) -> "ImageBank":
        """Some of its images, in ascending order, and the authors that are left; every class must keep an image."""
        left, author = self.author[image].unique(return_inverse=True)
        if gone := set(range(len(self.classes))) - set(self.label[image].tolist()):
            raise RequestError(f"expected images of every class, got none of {self.classes[min(gone)]}")
        digest = hashlib.sha256(f"{self.digest} {image.tolist()}".encode()).hexdigest()
        kept = {name: getattr(self, name)[image] for name in ("pixels", "label", "group")}
        names = tuple(self.authors[number] for number in left.tolist())
        return replace(self, **kept, author=author, authors=names, digest=digest)

    def centre(self, size: int) -> "ImageBank":
        """The middle of every image, `size` pixels wide and high: a view, no copy; itself where they are no larger."""
        least, sides = min(self.shape[1:]), self.shape[1:]
        if size > least:
            raise RequestError(f"expected images of at least {size} px to take the middle of, got {least} px")
        if sides == (size, size):
            return self
        top, left = ((side - size) // 2 for side in sides)
        digest = hashlib.sha256(f"{self.digest} centre {size}".encode()).hexdigest()
        return replace(self, pixels=self.pixels[..., top : top + size, left : left + size], digest=digest)

    def to(self, device: torch.device | str) -> "ImageBank":
        """The same bank on another device."""
        moved = {name: getattr(self, name).to(device) for name in ("pixels", "label", "group", "author")}
        return replace(self, **moved)


def make_bank(
    pixels: np.ndarray,
    label: np.ndarray,
    group: np.ndarray,
    author: np.ndarray,
    *,
    classes: tuple[str, ...],
    groups: tuple[str, ...],
    authors: tuple[str, ...],
) -> ImageBank:
    """Check the arrays of a decoded split and make a bank of them, its digest taken from their content.

    `pixels` is uint8 `[image channel height width]`; the others hold one number an image. Raises `RequestError` when a
    class has no image or its images are not contiguous.
    """
    expected = np.arange(len(classes))
    if (np.diff(label) < 0).any() or not np.array_equal(np.unique(label), expected):
        empty = [classes[number] for number in np.setdiff1d(expected, label)]
        raise RequestError(f"expected the images of {len(classes)} classes, class by class; without any: {empty[:5]}")
    numbers = [np.asarray(values, dtype=np.int64) for values in (label, group, author)]
    content = hashlib.sha256(json.dumps([classes, groups, authors, pixels.shape]).encode())
    for values in (pixels, *numbers):
        content.update(np.ascontiguousarray(values))
    tensors = [torch.from_numpy(np.ascontiguousarray(values)) for values in (pixels, *numbers)]
    return ImageBank(*tensors, classes=classes, groups=groups, authors=authors, digest=content.hexdigest())


def by_authors(bank: ImageBank, allowed: Mapping[str, Collection[str]]) -> ImageBank:
    """The images of each class that are by its `allowed` authors, kept in the cache like the bank itself.

    A class that is not in `allowed` keeps all of its images. Raises `RequestError` for an author that the bank has not,
    and for a class of which no image is left.
    """
    for author in sorted({author for authors in allowed.values() for author in authors} - set(bank.authors)):
        raise unknown("author", author, bank.authors)
    whose = [allowed.get(name, bank.authors) for name in bank.classes]
    may = torch.tensor([[author in authors for author in bank.authors] for authors in whose])
    key = {"bank": bank.digest, "allowed": {name: sorted(authors) for name, authors in allowed.items()}}
    return cached("by-authors", key, lambda: bank.only(may[bank.label, bank.author].nonzero()[:, 0]))


def cache_folder() -> Path:
    """The user's cache folder: `$FEWSHOT_CACHE`, else `fewshot` in `$XDG_CACHE_HOME` or `~/.cache`."""
    if folder := os.environ.get("FEWSHOT_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fewshot"


def cached(name: str, key: dict, build: Callable[[], ImageBank]) -> ImageBank:
    """The bank that `build()` makes, kept in the cache folder under `name` and `key` and memory-mapped from there.

    `key` is plain JSON and names everything the content depends on. A cache that cannot be written costs a warning and
    the time to decode again, never the run.
    """
    stamp = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    folder = cache_folder() / "banks" / f"{name}-{stamp}"
    if (bank := _read(folder)) is None:
        bank = build()
        try:
            _write(bank, folder)
        except OSError as error:
            warnings.warn(f"decoded images are not kept: {folder.parent}: {error.strerror or error}", stacklevel=2)
        else:
            bank = _read(folder) or bank
    return bank


def _read(folder: Path) -> ImageBank | None:
    try:
        # Copy-on-write: pages come from the file, and torch gets the writable array that it insists on.
        pixels = np.load(folder / "pixels.npy", mmap_mode="c")
        numbers = np.load(folder / "numbers.npy")
        names = json.loads((folder / "names.json").read_text())
        tuples = {key: tuple(names[key]) for key in ("classes", "groups", "authors")}
        digest = names["digest"]
    except (OSError, EOFError, ValueError, KeyError):  # not there, or damaged
        return None
    return ImageBank(torch.from_numpy(pixels), *torch.from_numpy(numbers), **tuples, digest=digest)


def _write(bank: ImageBank, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".draft-"))
    try:
        np.save(draft / "pixels.npy", bank.pixels.numpy())
        np.save(draft / "numbers.npy", torch.stack([bank.label, bank.group, bank.author]).numpy())
        names = {key: getattr(bank, key) for key in ("classes", "groups", "authors", "digest")}
        (draft / "names.json").write_text(json.dumps(names))
        if folder.exists():  # unreadable, or another process has just written the same
            shutil.rmtree(folder)
        draft.rename(folder)
    except OSError:
        if _read(folder) is None:
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
