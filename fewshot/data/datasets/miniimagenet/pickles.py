"""The pickles of miniImageNet, one for each split with all images in one array.

Two contents circulate: the cache of Ren et al. 2018 numbers the images of each class; files called category_split give
each image a label, and each class its label.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
from jaxtyping import Int64, UInt8

from fewshot.core.checks import Size
from fewshot.core.errors import RequestError
from fewshot.data.bank import ImageBank, numbered
from fewshot.data.cache import Keep
from fewshot.data.class_lists.miniimagenet import IMAGES, classes
from fewshot.data.datasets.miniimagenet.forms import check_whole
from fewshot.data.readers.decode import decoded
from fewshot.data.readers.file_tree import Tree
from fewshot.data.readers.photo_bank import Decoded, Stored, fit_photo, photo_bank
from fewshot.data.readers.pickles.read import read_pickle

WORDS = "cached pickles"
CACHE = ("image_data", "class_dict")
CATEGORY_SPLIT = ("data", "labels", "catname2label")
MANY = 2**20  # more images than a split has
Images = UInt8[np.ndarray, "image side side 3"]
Numbers = dict[str, Int64[np.ndarray, "_"]]


def bank_of_pickles(keep: Keep, tree: Tree, pickles: Mapping[str, str], names: Sequence[str], how: Stored) -> ImageBank:
    """The bank of some classes; the pickles of their splits are loaded one at a time.

    The images have no files of their own: they are named by class and number, "n01532829/5".
    """
    images = {name: numbered((name,), (IMAGES,)) for name in names}
    return photo_bank(keep, tree.place, images, _pixels(tree, pickles, names, how), how.skip_damaged)


def _pixels(tree: Tree, pickles: Mapping[str, str], names: Sequence[str], how: Stored) -> Decoded:
    from PIL import Image

    split_of = {name: split for split, own in classes().items() for name in own}
    size = how.size
    for split, some_names in groupby(names, split_of.get):
        images, numbers = read_split(tree, pickles[split], split)
        size = size or images.shape[1]
        if how.size is None and size != images.shape[1]:
            raise RequestError(f"size: expected a number of pixels, as images of {tree.place} differ in size, got none")
        order = np.concatenate([numbers[name] for name in some_names]).tolist()

        def pixels(number: int, images: Images = images, size: Size = size) -> UInt8[np.ndarray, "channel _ _"]:
            return fit_photo(Image.fromarray(images[number]), how, size)

        yield from decoded(order, pixels, f"miniimagenet {split}")


def read_split(tree: Tree, name: str, split: str) -> tuple[Images, Numbers]:
    """The images in the pickle of a split, and the numbers of each class's images.

    Raises `RequestError` for a pickle with other content.
    """
    where = f"{tree.place}, {name}"
    with tree.files[name]() as file:
        found = _named(read_pickle(file, where))
    keys = next((keys for keys in (CACHE, CATEGORY_SPLIT) if isinstance(found, dict) and {*keys} <= {*found}), None)
    if not keys or not isinstance(found[keys[-1]], dict):
        some = ", ".join(repr(key)[:40] for key in list(found)[:5]) if isinstance(found, dict) else ""
        got = f"one with {some}" if some else type(found).__name__
        raise RequestError(f"{where}: expected a dict with {' and '.join(CACHE)}, got {got}")
    images, named = found[keys[0]], _named(found[keys[-1]])
    if not _is_images(images):
        raise RequestError(f"{where}: expected {keys[0]} as uint8 [image side side 3], got {_shape(images)}")
    numbers = {one: _numbers(own) for one, own in named.items()} if keys == CACHE else _by_label(found["labels"], named)
    check_whole(tree.place, f"{WORDS}, {name}", split, {one: len(own) for one, own in numbers.items()})
    every = np.sort(np.concatenate(list(numbers.values())))
    if not np.array_equal(every, np.arange(len(images))):
        raise RequestError(f"{where}: expected {keys[-1]} to number each of the {len(images):,} images once")
    return images, {one: np.sort(own) for one, own in numbers.items()}


def _named(found: object) -> object:
    """The value with the keys of a dict as text: in some pickles they are bytes. Numbers as keys are left out."""
    if not isinstance(found, dict):
        return found
    texts = {key: value for key, value in found.items() if not isinstance(key, int)}
    return {key.decode("latin-1") if isinstance(key, bytes) else key: value for key, value in texts.items()}


def _by_label(labels: object, named: Mapping[str, object]) -> Numbers:
    """The numbers of the images with the label of each name."""
    label = _numbers(labels)
    order = np.argsort(label, kind="stable")
    found, first = np.unique(label[order], return_index=True)
    own = dict(zip(found.tolist(), np.split(order, first[1:]), strict=False))
    return {name: own.get(one if type(one) is int else None, order[:0]) for name, one in named.items()}


def _numbers(own: object) -> Int64[np.ndarray, " image"]:
    """The integers in a container as an array; an empty one for anything else."""
    if isinstance(own, np.ndarray) and own.ndim == 1 and own.dtype.kind in "iu":
        return own.astype(np.int64)
    if not isinstance(own, list | tuple | range) or len(own) > MANY:
        return np.empty(0, np.int64)
    plain = all(type(one) is int and 0 <= one < MANY for one in own)
    return np.array(own if plain else (), np.int64)


def _is_images(found: object) -> bool:
    shaped = isinstance(found, np.ndarray) and found.dtype == np.uint8 and found.ndim == 4
    return bool(shaped and found.shape[3] == 3 and found.shape[1] == found.shape[2] > 0)


def _shape(found: object) -> str:
    return f"{found.dtype} {list(found.shape)}" if isinstance(found, np.ndarray) else type(found).__name__
