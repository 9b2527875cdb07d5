"""Photographs of 100 classes of ImageNet (miniImageNet), 600 of each, in the split of Ravi and Larochelle.

It is read from a folder or a zip file in each form that circulates: images with Ravi's lists, class folders by split,
pickles of two kinds, or an unpacked ILSVRC-2012 with the lists. A class is a WordNet id. `fewshot data
fetch miniimagenet` downloads the pickles.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fewshot.core.checks import Size
from fewshot.core.errors import unknown
from fewshot.data.bank import ImageBank
from fewshot.data.cache import Keep, cached_chunks
from fewshot.data.class_lists.miniimagenet import classes as ravi_classes
from fewshot.data.datasets import dataset
from fewshot.data.datasets.folder import folder
from fewshot.data.datasets.miniimagenet.forms import find_form
from fewshot.data.datasets.miniimagenet.locate import place_of
from fewshot.data.datasets.miniimagenet.pickles import bank_of_pickles
from fewshot.data.datasets.miniimagenet.verify import fetch_images, locate_images, verify_images
from fewshot.data.readers.archive import fingerprint
from fewshot.data.readers.file_tree import tree
from fewshot.data.readers.image_file import BITS
from fewshot.data.readers.photo_bank import bank_of_files, stored


@dataset(
    made_of="ImageNet",
    locate=locate_images,
    fetch=fetch_images,
    verify=verify_images,
    check=partial(stored, "miniimagenet"),
    prepare=partial(folder.prepare, bits=BITS[-1]),  # it has 8 bits itself
    prepare_tensors=folder.prepare_tensors,
    class_word="ImageNet classes",
)
def miniimagenet(
    classes: Sequence[str],
    size: Size | None,
    folders: Sequence[Path],
    *,
    channels: int = 3,
    resize: int = 0,
    fit: str = "crop",
    skip_damaged: bool = False,
) -> ImageBank:
    """The 600 images of each class (a WordNet id), by name, stored with `resize` pixels a side or else in `size`.

    `fit` makes them square: "crop", "stretch" or "pad" (with black). Raises `RequestError` if the data set is missing
    or incomplete, and for damaged images, unless `skip_damaged` leaves these out.
    """
    names = tuple(classes)
    how = stored("miniimagenet", size, channels=channels, resize=resize, fit=fit, skip_damaged=skip_damaged)
    known = {name for own in ravi_classes().values() for name in own}
    for name in names:
        if name not in known:
            raise unknown("class of miniimagenet", name, known)
    place = place_of(folders)
    files = fingerprint(place.path, place.wanted)
    key = {"classes": names, "stored": how.key(), "revision": miniimagenet.marks.revision, "files": files}

    def build(keep: Keep) -> ImageBank:
        with tree(place.path, place.wanted) as found:
            form = find_form(found)
            if form.pickles:
                return bank_of_pickles(keep, found, form.pickles, names, how)
            there = {name: files for split in form.splits.values() for name, files in split.items()}
            images = {name: there[name] for name in names}
            return bank_of_files(keep, place.path, images, found.read, how, "miniimagenet")

    return cached_chunks("miniimagenet", key, build)
