"""What `fewshot data` reports of miniImageNet: in which form it is here, and that it is all of it."""

from collections.abc import Sequence
from pathlib import Path

from fewshot.datasets._folder_audit import audit_folder
from fewshot.datasets._layouts import Layout
from fewshot.datasets._miniimagenet_download import fetch, fetched_folder
from fewshot.datasets._miniimagenet_form import find_form
from fewshot.datasets._miniimagenet_pickle import read_split
from fewshot.datasets._miniimagenet_place import find_place, split_of_pickle, visible
from fewshot.datasets._tree import tree
from fewshot.errors import RequestError


def whereabouts(folders: Sequence[Path]) -> str:
    """In which form it is where, by the names of its files, or what is missing."""
    if (place := find_place(folders)) is None:
        return "not here; fewshot data miniimagenet fetches it (3 GB)"
    try:
        with tree(place.path, place.wanted) as found:
            return f"{find_form(found).words}: {place.path}"
    except RequestError as error:
        return str(error)


def audit(folders: Sequence[Path]) -> list[str]:
    """Find it or fetch its pickles, count its classes and images and read each; a line for each split.

    Raises `RequestError` that names what is missing. Damaged images are named in a line.
    """
    place, own = find_place(folders), fetched_folder(folders)
    if place is None or (place.path == own and all(map(split_of_pickle, visible(own)))):
        fetch(folders)  # what is not there yet
        place = find_place(folders)
    with tree(place.path, place.wanted) as found:
        form = find_form(found)
        if not form.pickles:
            return audit_folder(found, Layout(form.words, form.splits), "miniimagenet")
        lines = [f"miniimagenet: {form.words}: {place.path}"]
        for split, name in form.pickles.items():
            images, numbers = read_split(found, name, split)
            count, side = images.shape[:2]
            lines.append(
                f"{split}: {len(numbers)} classes of {count // len(numbers)} images, {side} × {side} pixels: {name}"
            )
        return lines
