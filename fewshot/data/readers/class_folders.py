"""The class and split of each image, from lists beside a folder of images or from folders."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from fewshot.core.errors import RequestError, some
from fewshot.data.class_lists.names import SPLIT_NAMES, composed, split_of
from fewshot.data.readers.file_tree import Tree
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
    layout = _any_layout(tree)
    forms: dict[str, str] = {}
    for name in (name for classes in layout.splits.values() for name in classes):
        if (other := forms.setdefault(composed(name), name)) != name:
            raise RequestError(f"{tree.place}: expected each class once, got {other!a} and {name!a}, which look alike")
    return layout


def _any_layout(tree: Tree) -> Layout:
    if not tree.images:
        raise RequestError(f"{tree.place}: expected images, got none below it; there is {tree.top}")
    if lists := lists_of(tree):
        return Layout("images and lists", listed(tree, lists, places(tree)))
    if folders := _split_folders(tree):
        return Layout("class folders by split", _disjoint(tree, {
            split: class_folders(tree, f"{folder}/") for split, folder in folders.items()
        }))  # fmt: skip
    classes = class_folders(tree, "")
    _check_no_split_inside(tree, classes)
    return Layout("class folders", {"": classes})


def lists_of(tree: Tree) -> dict[str, str]:
    """The list of each split, or nothing where there is none."""
    lists = [name for name in tree.files if "/" not in name and name.lower().endswith(".csv")]
    return _one_each(tree, {name: split for name in lists if (split := split_of(name[:-4]))}, ".csv")


def _split_folders(tree: Tree) -> dict[str, str]:
    """The folder of each split; nothing where there is none.

    A class or a group may be called "train", but not one of at most three folders, or one beside a "test": there a
    split is meant, which no division of classes may override.
    """
    tops = {name.split("/")[0] for name in tree.images if "/" in name}
    named = {top: split for top in sorted(tops) if (split := split_of(top))}
    deep = any(name.count("/") > 1 and name.split("/")[0] in named for name in tree.images)
    splits, others = {*named.values()}, tops - named.keys()
    if splits < SPLIT_NAMES.keys() and others and not (deep and (len(splits) > 1 or len(tops) < 4)):
        return {}
    return _one_each(tree, named, "", others if splits < SPLIT_NAMES.keys() else ())


def _one_each(tree: Tree, named: dict[str, str], suffix: str, others: Iterable[str] = ()) -> dict[str, str]:
    """The folder or list of each split, if `named`, which holds the split of each name, has one of each or nothing."""
    if named and sorted(named.values()) != sorted(SPLIT_NAMES):
        expected = ", ".join(f"{split}{suffix}" for split in SPLIT_NAMES)
        beside = f" beside {some(sorted(others))}" if others else ""
        raise RequestError(
            f"{tree.place}: expected one each of {expected}, got {', '.join(sorted(named))}{beside}; "
            "other spellings count too, so rename or move what is no split"
        )
    return {split: name for split in SPLIT_NAMES for name, own in named.items() if own == split}


def _check_no_split_inside(tree: Tree, classes: Classes) -> None:
    """Refuse class folders that hold folders of several splits, as "cat/train" and "cat/test", which are one class."""
    inside: dict[str, set[str]] = {}
    for name in classes:
        above, _, last = name.rpartition("/")
        if above and (split := split_of(last)):
            inside.setdefault(above, set()).add(split)
    if cut := sorted(above for above, splits in inside.items() if len(splits) > 1):
        raise RequestError(
            f"{tree.place}: expected classes below train, val and test, as those of val and test are to be new; "
            f"got folders of splits inside {some(cut)}"
        )


def read_list(tree: Tree, name: str) -> dict[str, str]:
    """The label of each file that a list names."""
    where = f"{tree.place}, {name}"
    try:
        rows = csv.reader(io.StringIO(tree.read(name).decode("utf-8-sig"), newline=""), strict=True)
        columns, *lines = [[cell.strip() for cell in row] for row in rows if row] or [[]]
    except (*UNREADABLE, csv.Error) as error:
        raise RequestError(f"{where}: expected a list with commas in UTF-8, got: {error}") from error
    if [columns.count(column) for column in COLUMNS] != [1, 1]:
        raise RequestError(f"{where}: expected the columns {' and '.join(COLUMNS)}, got {', '.join(columns) or 'none'}")
    whole = [line for line in lines if len(line) == len(columns)]
    rows = [tuple(line[columns.index(column)] for column in COLUMNS) for line in whole]
    found = dict(rows := [row for row in rows if all(row)])
    if not lines or len(found) < len(lines):
        counts = f"{len(lines):,} lines, {len(found):,} files, {len(lines) - len(rows):,} lines with a gap"
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
    """Return a function that finds the image a list names: in `images/`, beside the list, or in any one folder.

    A name with folders is found only in these folders, in one place of the tree, in any normal form of Unicode.
    """
    whole: dict[str, list[str]] = {}
    ends: dict[str, list[str]] = {}
    for name in tree.images:
        parts = composed(name).split("/")
        whole.setdefault("/".join(parts), []).append(name)
        for start in range(len(parts)):
            ends.setdefault("/".join(parts[start:]), []).append(name)

    def place(file: str) -> str | None:
        file = composed(str(PurePosixPath(file.replace("\\", "/"))))
        found = whole.get(f"images/{file}") or whole.get(file) or ends.get(file, [])
        return found[0] if len(found) == 1 else None

    return place


def class_folders(tree: Tree, top: str) -> Classes:
    """The images of each folder below `top`, which is the class: "Felidae/lynx"; of an empty folder, none.

    The results of runs, if they lie there, are no classes.
    """
    found: dict[str, list[str]] = {}
    for name in tree.images:
        if name.startswith(top):
            found.setdefault(name.removeprefix(top).rpartition("/")[0], []).append(name)
    if loose := found.get(""):
        raise RequestError(f"{tree.place}: expected every image in the folder of its class, got {some(loose)} in none")
    with_images = {str(folder) for name in found for folder in (name, *PurePosixPath(name).parents)}
    files = {name.removeprefix(top).rpartition("/")[0] for name in tree.files if name.startswith(top)}
    below = {name.removeprefix(top) for name in tree.folders if name.startswith(top)} | files - {""}
    without = below - with_images
    results = tuple(name.removesuffix("runs") for name in without if name.endswith("/runs"))
    empty = {name: [] for name in without if not f"{name}/".startswith(results)}
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
