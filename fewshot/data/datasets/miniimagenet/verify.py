"""The reports of `fewshot data` on miniImageNet: its form, and whether it is complete."""

from collections.abc import Sequence
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.datasets.miniimagenet.download import fetch, fetched_folder
from fewshot.data.datasets.miniimagenet.forms import find_form
from fewshot.data.datasets.miniimagenet.locate import find_place, place_of, split_of_pickle, visible
from fewshot.data.datasets.miniimagenet.pickles import read_split
from fewshot.data.readers.class_folders import Layout
from fewshot.data.readers.file_tree import tree
from fewshot.data.readers.report import verify_folder


def locate_images(folders: Sequence[Path]) -> str:
    """The form and place of the images, by the names of its files, or what is missing."""
    if (place := find_place(folders)) is None:
        return "not here; fewshot data fetch miniimagenet fetches it (3 GB)"
    try:
        with tree(place.path, place.wanted) as found:
            return f"{find_form(found).words}: {place.path}"
    except RequestError as error:
        return str(error)


def fetch_images(folders: Sequence[Path]) -> None:
    """Download the pickles if the data set is in no form here, or the missing ones of an incomplete download."""
    place, own = find_place(folders), fetched_folder(folders)
    if place is None or (place.path == own and all(map(split_of_pickle, visible(own)))):
        fetch(folders)


def verify_images(folders: Sequence[Path]) -> list[str]:
    """Count classes and images and read each image; returns a line for each split, and one for damaged images.

    Raises `RequestError` that names missing classes or images.
    """
    place = place_of(folders)
    with tree(place.path, place.wanted) as found:
        form = find_form(found)
        if not form.pickles:
            return verify_folder(found, Layout(form.words, form.splits), "miniimagenet")
        lines = [f"miniimagenet: {form.words}: {place.path}"]
        for split, name in form.pickles.items():
            images, numbers = read_split(found, name, split)
            count, side = images.shape[:2]
            lines.append(
                f"{split}: {len(numbers)} classes of {count // len(numbers)} images, {side} × {side} pixels: {name}"
            )
        return lines
