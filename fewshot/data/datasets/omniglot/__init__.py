"""Omniglot (Lake et al. 2015): 1,623 characters of 50 alphabets, each drawn once by 20 people; 105 × 105, ink = 1.

A quarter turn of a character can be a class of its own: `Alphabet/characterNN/rot090` is turned counter-clockwise.
"""

import difflib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from torch import Tensor

from fewshot.core.errors import RequestError
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.cache import cached
from fewshot.data.class_lists.names import TURNS, unturned
from fewshot.data.class_lists.omniglot import DRAWERS
from fewshot.data.datasets import dataset
from fewshot.data.datasets.omniglot.content import SIDE, Half, halves
from fewshot.data.datasets.omniglot.decode import INK, decode, ink_of, unpack
from fewshot.data.datasets.omniglot.download import fetch_archives, find_or_fetch
from fewshot.data.datasets.omniglot.resize import area_resize, area_tensors
from fewshot.data.datasets.omniglot.verify import locate_archives, verify_archives
from fewshot.data.readers.archive import fingerprint


def prepare(image: "PIL.Image.Image", size: int, **options: object) -> UInt8[np.ndarray, "1 size size"]:
    """The ink of a square image, dark on light, resized by area."""
    return area_resize(ink_of(image)[None], size)


def prepare_tensors(
    images: UInt8[Tensor, "image 1 side side"], size: int, **options: object
) -> UInt8[Tensor, "image 1 _ _"]:
    """The same of a batch of square images in grey, in operations on tensors."""
    return area_tensors(images < INK, size)


@dataset(
    locate=locate_archives,
    fetch=fetch_archives,
    verify=verify_archives,
    prepare=prepare,
    prepare_tensors=prepare_tensors,
    class_word="characters",
    group_word="alphabets",
    ink=(105, 68, 5),
)
def omniglot(classes: Sequence[str], size: int | None, folders: Sequence[Path]) -> ImageBank:
    """The 20 images of each class (`Alphabet/characterNN`, which may be turned), by drawer; the group is the alphabet.

    Only archives that hold `classes` are searched, decoded and verified against the digest of the official content.
    Images are resized by area to `size` (None: 105). Raises `RequestError` if data is missing or not official.
    """
    classes, size = tuple(classes), SIDE if size is None else size
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise RequestError(f"omniglot: expected an image size of at least 1 pixel, got {size!r}")
    needed = _needed(classes)
    found = [(half, find_or_fetch(half, folders)) for half in needed]
    key = {
        "classes": classes,
        "size": size,
        "revision": omniglot.marks.revision,
        "content": [half.digest for half, _ in found],
        "files": [fingerprint(path) for _, path in found],
    }
    return cached("omniglot", key, lambda: _build(classes, size, found))


def _needed(classes: tuple[str, ...]) -> list[Half]:
    """The halves that hold `classes`."""
    known = {name: half for half in halves() for name in half.classes}
    for name in classes:
        if unturned(name) not in known:
            near = " or ".join(difflib.get_close_matches(name, known, n=3)) or "Alphabet/characterNN"
            turns = f"which may be turned (/{', /'.join(TURNS)})"
            raise RequestError(f"omniglot: expected a character such as {near}, {turns}, got {name!r}")
    if not classes or len(set(classes)) != len(classes):
        raise RequestError(f"omniglot: expected each class once, got {len(classes)}, {len(set(classes))} different")
    wanted = {known[unturned(name)].name for name in classes}
    return [half for half in halves() if half.name in wanted]


def _build(classes: tuple[str, ...], size: int, found: list[tuple[Half, Path]]) -> ImageBank:
    packed = np.concatenate([decode(half, path) for half, path in found])
    place = {name: number for number, name in enumerate(name for half, _ in found for name in half.classes)}
    characters = tuple(dict.fromkeys(unturned(name) for name in classes))
    chosen = packed.reshape(len(place), DRAWERS, *packed.shape[1:])[[place[name] for name in characters]]
    pixels = area_resize(unpack(chosen.reshape(-1, *packed.shape[1:])), size)
    if characters != classes:
        pixels = _turned(pixels.reshape(len(characters), DRAWERS, size, size), characters, classes)
    groups = tuple(dict.fromkeys(name.split("/")[0] for name in classes))
    files = [f"{half.name}/{image}" for half, _ in found for image in half.images]
    first = [DRAWERS * place[unturned(name)] for name in classes]  # a turned image has the name of its file
    return make_bank(
        pixels[:, None],
        label=np.repeat(np.arange(len(classes)), DRAWERS),
        group=np.repeat([groups.index(name.split("/")[0]) for name in classes], DRAWERS),
        author=np.tile(np.arange(DRAWERS), len(classes)),
        classes=classes,
        groups=groups,
        authors=tuple(f"{drawer:02d}" for drawer in range(1, DRAWERS + 1)),
        names=[name for start in first for name in files[start : start + DRAWERS]],
    )


def _turned(
    pixels: UInt8[np.ndarray, "character drawer size size"], characters: Sequence[str], classes: Sequence[str]
) -> UInt8[np.ndarray, "image size size"]:
    """The images of each class: those of its character, with the turn of the class."""
    place = {name: number for number, name in enumerate(characters)}
    found = np.empty((len(classes), *pixels.shape[1:]), pixels.dtype)
    for number, name in enumerate(classes):
        character = unturned(name)
        quarters = 0 if name == character else TURNS.index(name.rsplit("/", 1)[1])
        found[number] = np.rot90(pixels[place[character]], quarters, (1, 2))
    return found.reshape(-1, *pixels.shape[2:])
