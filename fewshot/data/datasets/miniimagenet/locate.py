"""The search for miniImageNet: a folder or zip file of this name in any spelling, or a data folder itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.files import regular
from fewshot.data.class_lists.miniimagenet import classes
from fewshot.data.locations import listed
from fewshot.data.readers.archive import Wanted

PICKLE = re.compile(
    r"(?:mini-imagenet-cache-|miniImageNet_category_split_)(train|val|test)(?:idation|_phase_train)?\.(?:pkl|pickle)"
)
WNID = re.compile(r"n\d{8}")


@dataclass(frozen=True)
class Place:
    """A folder or zip file, and a filter for the files in it that may be miniImageNet's."""

    path: Path
    wanted: Wanted


def find_place(folders: Sequence[Path]) -> Place | None:
    """The first place in `folders` that looks like miniImageNet, or None."""
    return next((place for folder in folders for place in _places(Path(folder))), None)


def place_of(folders: Sequence[Path]) -> Place:
    """The first place in `folders` that looks like miniImageNet. Raises `RequestError` if there is none."""
    if place := find_place(folders):
        return place
    raise RequestError(
        f"miniimagenet: expected a folder or zip file miniimagenet in {listed(folders)}, found none; "
        "fewshot data fetch miniimagenet fetches it (3 GB)"
    )


def _places(folder: Path) -> Iterator[Place]:
    if not folder.is_dir():
        return
    named = [one for one in sorted(folder.iterdir()) if _plain(one.name.removesuffix(".zip")) == "miniimagenet"]
    yield from (Place(one, wanted) for one in named if one.is_dir() and visible(one))
    yield from (Place(one, wanted) for one in named if one.is_file() and one.suffix == ".zip")
    if _is_one(folder):
        yield Place(folder, _wanted_among_others)


def split_of_pickle(name: str) -> str:
    """The split in the name of a pickle; "" for another file."""
    match = PICKLE.fullmatch(name)
    return match[1] if match else ""


def visible(folder: Path) -> list[str]:
    """The names in a folder without hidden ones, for example of an interrupted download."""
    return sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))


def _plain(name: str) -> str:
    return re.sub("[-_ ]", "", name.lower())


def _is_one(folder: Path) -> bool:
    """Whether a folder of another name holds miniImageNet: its pickles, class folders, or lists of its classes."""
    if any(split_of_pickle(one.name) for one in folder.iterdir()):
        return True
    first = classes()["train"][0]
    if (folder / "train" / first).is_dir():
        return True
    try:
        with regular(folder / "train.csv").open(encoding="utf-8-sig") as file:
            return next(iter(file.read(2**16).splitlines()[1:]), "").strip().endswith(classes()["train"])
    except (OSError, UnicodeDecodeError):
        return False


def wanted(name: str) -> bool:
    """Whether a file is of its classes, a list or a pickle, or a folder is not one of ImageNet's 900 other classes."""
    *folders, last = name.removesuffix("/").split("/")
    if name.endswith("/"):
        return not WNID.fullmatch(last) or last in _all()
    above = folders[-1] if folders else ""
    return last[:9] in _all() or above in _all() or last.endswith((".csv", ".pkl", ".pickle", ".zip"))


def _wanted_among_others(name: str) -> bool:
    """The same as `wanted`, for a folder that holds other data sets too."""
    top = name.split("/")[0]
    mine = ("images", "train", "val", "validation", "test", "ILSVRC")
    return wanted(name) and bool(top.startswith(mine) or split_of_pickle(top) or top in _all())


@cache
def _all() -> frozenset[str]:
    return frozenset(name for names in classes().values() for name in names)
