"""Class names `Group/name/turn`: their parts, the names of splits, and the overlap of two lists."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache

SPLITS = ("train", "val", "test")
SPLIT_NAMES = {
    "train": ("train", "training", "trn", "base"),
    "val": ("val", "valid", "validation", "dev", "development"),
    "test": ("test", "testing", "tst", "novel", "eval", "evaluation"),
}
AROUND = re.compile(r"^(?:meta|images?)(?=.)|(?<=.)(?:set|split|images?|data|folder|classes|list|labels)+$")
TURNS = ("rot000", "rot090", "rot180", "rot270")  # degrees, counter-clockwise


def composed(name: str) -> str:
    """A name in Unicode's composed form, in which names are compared."""
    return unicodedata.normalize("NFC", name)


def split_of(name: str) -> str:
    """The split that a folder or a list is called after, in any case or spelling; "" for another name.

    >>> [split_of(name) for name in ("Training", "meta_val", "Test set", "novel", "tests of cats")]
    ['train', 'val', 'test', 'test', '']
    """
    plain = AROUND.sub("", re.sub(r"[\W_]|(?:19|20)\d\d", "", name.casefold()))
    return next((split for split, names in SPLIT_NAMES.items() if plain in names), "")


@cache
def group_of(name: str) -> str:
    """The group of a class; "." for a name without a group."""
    return name.split("/")[0] if "/" in name else "."


def small_groups(classes: tuple[str, ...], way: int) -> list[str]:
    """The groups with fewer than `way` classes, with their numbers: "Tagalog (17)"."""
    size = Counter(map(group_of, classes))
    return [f"{group} ({count})" for group, count in size.items() if count < way]


@cache
def unturned(name: str) -> str:
    """The name of a class without its quarter turn: "Greek/character01" for "Greek/character01/rot090"."""
    before, _, last = name.rpartition("/")
    return before if before and last in TURNS else name


def overlap(left: Iterable[str], right: Iterable[str]) -> list[str]:
    """The classes in both lists, ignoring turns, sorted."""
    return sorted({unturned(name) for name in left} & {unturned(name) for name in right})
