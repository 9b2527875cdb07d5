"""Class names: `Group/name/turn`, the splits that they stand in, and the overlap of two lists of them."""

from collections import Counter
from collections.abc import Iterable
from functools import cache

SPLITS = ("train", "val", "test")
TURNS = ("rot000", "rot090", "rot180", "rot270")  # degrees, counter-clockwise


def group_of(name: str) -> str:
    """The group of a class; those that name none are of one group, "."."""
    return name.split("/")[0] if "/" in name else "."


def small_groups(classes: tuple[str, ...], way: int) -> list[str]:
    """The groups with fewer classes than `way`, which tasks within a group leave out: "Tagalog (17)"."""
    size = Counter(map(group_of, classes))
    return [f"{group} ({count})" for group, count in size.items() if count < way]


@cache
def unturned(name: str) -> str:
    """The class that a quarter-turned one was made of: "Greek/character01" of "Greek/character01/rot090"."""
    before, _, last = name.rpartition("/")
    return before if before and last in TURNS else name


def overlap(left: Iterable[str], right: Iterable[str]) -> list[str]:
    """The classes that stand in both lists, at whatever turn."""
    return sorted({unturned(name) for name in left} & {unturned(name) for name in right})
