"""The class and split of each image, from lists beside a folder of images or from folders."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from fewshot.core.errors import RequestError, some
from fewshot.data.readers.file_tree import SPLIT_FOLDERS, Tree
from fewshot.data.readers.image_file import UNREADABLE

Classes = dict[str, tuple[str, ...]]  # the files of each class, sorted
COLUMNS = ("filename", "label")


@dataclass(frozen=True)
class Layout:
    """The files of each class by split, or all under "" where no split is named; `form` is how they lie, in words.

    `small` are classes that were left out, as they have too few.
    """

    form: str
    splits: dict[str, Classes]
    small: Classes = field(default_factory=dict)


def find_layout(tree: Tree) -> Layout:
    """Return the layout of a data set's images. Raises `RequestError` for one that does not fit."""
    if not tree.images:
        raise RequestError(f"{tree.place}: expected images, got none below it; there is {tree.top}")
    if lists := lists_of(tree):
        return Layout("images and lists", listed(tree, lists, places(tree)))
    if folders := _of_splits(tree, "", folders=True):
        return Layout("class folders by split", _disjoint(tree, {
            split: class_folders(tree, f"{folder}/") for split, folder in folders.items()
        }))  # fmt: skip
    return Layout("class folders", {"": class_folders(tree, "")})


def lists_of(tree: Tree) -> dict[str, str]:
    """The list of each split, or nothing where there is none."""
    return _of_splits(tree, ".csv", folders=False)


def _of_splits(tree: Tree, suffix: str, folders: bool) -> dict[str, str]:
    """The list or the folder at the top of each split; nothing where there is none."""
    tops = {name.split("/")[0] for name in (tree.images if folders else tree.files) if ("/" in name) == folders}
    found = {split: [f"{name}{suffix}" for name in names if f"{name}{suffix}" in tops]
             for split, names in SPLIT_FOLDERS.items()}  # fmt: skip
    named = [name for names in found.values() for name in names]
    others = folders and tops - set(named)  # a class may be called "train"
    missing = [split for split, names in found.items() if not names]
    if not named or (missing and others):
        return {}
    if missing or len(named) > len(found):
        expected = ", ".join(f"{split}{suffix}" for split in SPLIT_FOLDERS)
        raise RequestError(f"{tree.place}: expected one each of {expected}, got {', '.join(sorted(named))}")
    return {split: names[0] for split, names in found.items()}


def read_list(tree: Tree, name: str) -> dict[str, str]:
    """The label of each file that a list names."""
    where = f"{tree.place}, {name}"
    try:
        reader = csv.DictReader(io.StringIO(tree.read(name).decode("utf-8-sig"), newline=""), restval="")
        columns, lines = reader.fieldnames or [], list(reader)
    except (*UNREADABLE, csv.Error) as error:
        raise RequestError(f"{where}: expected a list with commas in UTF-8, got: {error}") from error
    if not {*COLUMNS} <= {*columns}:
        raise RequestError(f"{where}: expected the columns {' and '.join(COLUMNS)}, got {', '.join(columns) or 'none'}")
    rows = [tuple(line[column].strip() for column in COLUMNS) for line in lines]
    found = dict(rows)
    if not rows or len(found) < len(rows) or not all(map(all, rows)):
        counts = f"{len(rows):,} lines, {len(found):,} files, {sum(not all(row) for row in rows):,} lines with a gap"
        raise RequestError(f"{where}: expected a file and its class in each line, each file once, got {counts}")
    return found


def listed(tree: Tree, lists: dict[str, str], place: Callable[[str], str | None]) -> dict[str, Classes]:
    """The files of each class of each split by the lists, each of which `place` finds."""
    splits, gone = {}, []
    for split, name in lists.items():
        classes: dict[str, list[str]] = {}
        for file, label in read_list(tree, name).items():
            if (found := place(file)) is None:
                gone.append(file)
            else:
                classes.setdefault(label, []).append(found)
        splits[split] = {label: tuple(sorted(files)) for label, files in sorted(classes.items())}
    if gone:
        raise RequestError(
            f"{tree.place}: expected the images that its lists name, in images/ or one other folder; "
            f"not found so: {some(gone)}"
        )
    times = Counter(file for classes in splits.values() for files in classes.values() for file in files)
    if twice := [file for file, count in times.items() if count > 1]:
        raise RequestError(f"{tree.place}: expected each image once in its lists, got more of {some(twice)}")
    return _disjoint(tree, splits)


def places(tree: Tree) -> Callable[[str], str | None]:
    """Return a function that finds the image a list names: in `images/`, beside the list, or in any one folder."""
    images = set(tree.images)
    anywhere: dict[str, str | None] = {}
    for name in tree.images:
        base = name.rsplit("/", 1)[-1]
        anywhere[base] = None if base in anywhere else name

    def place(file: str) -> str | None:
        near = (name for name in (f"images/{file}", file) if name in images)
        return next(near, anywhere.get(file.rsplit("/", 1)[-1]))

    return place


def class_folders(tree: Tree, top: str) -> Classes:
    """The images of each folder below `top`, which is the class: "Felidae/lynx"; of an empty folder, none."""
    found: dict[str, list[str]] = {}
    for name in tree.images:
        if name.startswith(top):
            found.setdefault(name.removeprefix(top).rpartition("/")[0], []).append(name)
    if loose := found.get(""):
        raise RequestError(f"{tree.place}: expected every image in the folder of its class, got {some(loose)} in none")
    with_images = {str(folder) for name in found for folder in (name, *PurePosixPath(name).parents)}
    files = {name.removeprefix(top).rpartition("/")[0] for name in tree.files if name.startswith(top)}
    below = {name.removeprefix(top) for name in tree.folders if name.startswith(top)} | files - {""}
    empty = {name: [] for name in below - with_images}
    return {name: tuple(files) for name, files in sorted((found | empty).items())}


def _disjoint(tree: Tree, splits: dict[str, Classes]) -> dict[str, Classes]:
    """Return the splits; refuse a class in two of them, as those of val and test are to be new."""
    where: dict[str, str] = {}
    for split, classes in splits.items():
        if twice := [name for name in classes if name in where]:
            raise RequestError(
                f"{tree.place}: expected each class in one split, as those of val and test are to be new; "
                f"in {where[twice[0]]} and in {split}: {some(twice)}"
            )
        where |= dict.fromkeys(classes, split)
    return splits
