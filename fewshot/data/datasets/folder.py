"""Any folder or zip file of images: folder:PATH.

PATH is searched below the data folders first, then used as it is; one that begins with ".", ".." or "~" is of here, or
of the home folder, alone. It holds class folders below `train/`, `val/` and `test/`; or `images/` and the lists
`train.csv`, `val.csv` and `test.csv` with `filename,label`; or class folders, which `split` divides: "0.6/0.2/0.2" of
the classes at random by `split_seed`. A class "Group/name" is of that group; `groups = "keep"` divides groups instead,
as people with a folder for each session. Names of splits count in any case and spelling. Classes of fewer than
`min_images` images are left out, before the others are divided.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from torch import Tensor

from fewshot.core.checks import Size, between
from fewshot.core.errors import RequestError, unknown
from fewshot.data.bank import ImageBank
from fewshot.data.cache import Keep, cached_chunks
from fewshot.data.datasets import dataset
from fewshot.data.readers.archive import fingerprint
from fewshot.data.readers.class_folders import Layout, find_layout
from fewshot.data.readers.class_split import GROUPS, check_groups, divided, read_shares
from fewshot.data.readers.file_tree import Tree, may_count, tree
from fewshot.data.readers.find_folder import find_folder
from fewshot.data.readers.image_file import BITS, FITS, known
from fewshot.data.readers.in_tensors import fit_tensors
from fewshot.data.readers.photo_bank import bank_of_files, bits_of, fit_photo, stored
from fewshot.data.readers.report import verify_folder
from fewshot.data.readers.small_classes import without_small

READER = 4  # raised when the same files are read in another way: banks in the cache are then made anew
_BITS: dict[str, tuple[int, int]] = {}  # `bits_of` whole folders, by the digest of their state


def splits(
    folders: Sequence[Path],
    *,
    path: str,
    split: str = "",
    split_seed: int = 0,
    min_images: int = 0,
    groups: str = GROUPS[0],
    **options: object,
) -> dict[str, tuple[str, ...]]:
    """The classes of train, val and test, as they lie or as `split` divides them; no image is decoded."""
    with tree(find_folder(path, folders)) as found:
        return {one: tuple(own) for one, own in _layout(found, split, split_seed, min_images, groups).splits.items()}


def locate(folders: Sequence[Path]) -> str:
    """A fixed line, as the data set has no place of its own."""
    return "any folder or zip file of images, below the data folders or anywhere"


def verify(folders: Sequence[Path], *, path: str) -> list[str]:
    """Decode every image and report the content of each split, sizes, kinds and damaged images."""
    with tree(find_folder(path, folders)) as found:
        return verify_folder(found, without_small(find_layout(found), 1, found.place), f"folder:{path}")


def check(
    size: Size | None,
    *,
    path: str,
    split: str = "",
    channels: int = 3,
    resize: int = 0,
    fit: str = FITS[0],
    skip_damaged: bool = False,
    min_images: int = 0,
    groups: str = GROUPS[0],
    bits: int = 0,
    **options: object,
) -> None:
    """Raise `RequestError` for options out of range; no file is looked for."""
    stored(f"folder:{path}", size, channels=channels, resize=resize, fit=fit, skip_damaged=skip_damaged)
    between(0, None, min_images=min_images)
    check_groups(groups)
    if bits not in (0, *BITS):
        raise RequestError(f"bits of folder:{path}: expected one of {', '.join(map(str, BITS))}, got {bits!r}", "bits")
    if split:
        read_shares(split)


def prepare(
    image: "PIL.Image.Image",
    size: Size,
    *,
    path: str = "",
    channels: int = 3,
    resize: int = 0,
    fit: str = FITS[0],
    bits: int = 0,
    **options: object,
) -> UInt8[np.ndarray, "channel height width"]:
    """The pixels of one image in the size that is stored for `size`."""
    how = stored(f"folder:{path}", size, channels=channels, resize=resize, fit=fit, skip_damaged=False)
    return fit_photo(image, how, resize or size, bits)


def prepare_tensors(
    images: UInt8[Tensor, "image channel _ _"], size: Size, *, resize: int = 0, fit: str = FITS[0], **options: object
) -> UInt8[Tensor, "image channel _ _"]:
    """The same of a batch, in operations on tensors."""
    return fit_tensors(images, resize or size, fit)


@dataset(
    family="path",
    oblong=True,
    locate=locate,
    verify=verify,
    splits=splits,
    check=check,
    prepare=prepare,
    prepare_tensors=prepare_tensors,
    later=["min_images", "groups", "bits"],
)
def folder(
    classes: Sequence[str],
    size: Size | None,
    folders: Sequence[Path],
    *,
    path: str,
    split: str = "",
    split_seed: int = 0,
    channels: int = 3,
    resize: int = 0,
    fit: str = "crop",
    skip_damaged: bool = False,
    min_images: int = 0,
    groups: str = "divide",
    bits: int = 0,
) -> ImageBank:
    """The images of each class, by the names of their files, stored with `resize` pixels a side or else in `size`.

    `fit` gives them its proportions: "crop", "stretch" or "pad" (with black). Raises `RequestError` for missing classes
    and for damaged images, unless `skip_damaged` leaves these out. Of 16-bit grey `bits` are in use, or else as many as
    the largest value of the whole folder needs.
    """
    name, classes = f"folder:{path}", tuple(classes)
    how = stored(name, size, channels=channels, resize=resize, fit=fit, skip_damaged=skip_damaged)
    place = find_folder(path, folders)
    key = {
        "classes": classes,
        "stored": how.key(),
        "revision": folder.marks.revision,
        "files": fingerprint(place, may_count),
    }
    key |= {"reader": READER}
    key |= {"min_images": min_images} if min_images else {}
    key |= {"bits": bits} if bits else {}
    key |= {"formats": known()} if skip_damaged else {}  # images of others are left out

    def build(keep: Keep) -> ImageBank:
        with tree(place) as found:
            layout = _layout(found, split, split_seed, min_images, groups)
            there = {one: files for own in layout.splits.values() for one, files in own.items()}
            for one in classes:
                if one not in there:
                    raise unknown(f"class of {name}", one, there)
            whole = hashlib.sha256(json.dumps([key["files"], min_images]).encode()).hexdigest()
            if whole not in _BITS:  # once for all splits
                files = [file for own in there.values() for file in own]
                _BITS[whole] = bits_of(files, found.read, found.start, name)
            least, most = _BITS[whole]
            if most and 0 < bits < least:
                raise RequestError(f"bits of {name}: expected at least {least} for values up to {most:,}, got {bits}")
            chosen = {one: there[one] for one in classes}
            bank = bank_of_files(keep, place, chosen, found.read, how, name, bits or least)
            small = {"classes": len(layout.small), "images": sum(map(len, layout.small.values()))}
            return replace(bank, left_out=small if layout.small else {})

    return cached_chunks("folder", key, build)


def _layout(found: Tree, split: str, seed: int, min_images: int, groups: str) -> Layout:
    """The files of each class of each split, without small classes."""
    layout = without_small(find_layout(found), min_images, found.place)
    if "" not in layout.splits:
        for key, value, default in (("split", split, ""), ("split_seed", seed, 0), ("groups", groups, GROUPS[0])):
            if value != default:
                expected = f"expected none, as {found.place} has its own split ({layout.form})"
                raise RequestError(f"{key}: {expected}, got {value!r}", key)
        return layout
    classes = layout.splits[""]
    if not split:
        raise RequestError(
            f"{found.place}: expected train, val and test, as folders or lists, or the option split to divide its "
            f'{len(classes):,} classes, such as split = "0.6/0.2/0.2"'
        )
    try:
        parts = divided(classes, split, seed, groups).items()
    except RequestError as error:
        raise RequestError(f"{found.place}: {error}") from error
    return replace(layout, splits={one: {name: classes[name] for name in names} for one, names in parts})
