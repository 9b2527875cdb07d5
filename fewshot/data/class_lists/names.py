"""Class names `Group/name/turn`: their parts, the names of splits, and the overlap of two lists."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache

SPLITS = ("train", "val", "test")
TURNS = ("rot000", "rot090", "rot180", "rot270")  # degrees, counter-clockwise


def composed(name: str) -> str:
    """A name in Unicode's composed form, in which names are compared."""
    return unicodedata.normalize("NFC", name)


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
