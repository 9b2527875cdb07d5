"""A random division of classes among train, val and test, which depends only on their names and a seed."""

import hashlib
import math
from collections.abc import Iterable
from itertools import accumulate, pairwise

from fewshot.core.errors import RequestError, some, unknown
from fewshot.data.class_lists.names import SPLITS, composed, group_of

GROUPS = ("divide", "keep")  # the classes of a group among several splits, or in one


def divided(names: Iterable[str], split: str, seed: int, groups: str = GROUPS[0]) -> dict[str, tuple[str, ...]]:
    """The classes of train, val and test, sorted; `split` holds their shares: "0.6/0.2/0.2".

    Every class is in one split, and every split has at least one class. With `groups` "keep" the groups are divided
    instead, each with all of its classes. Raises `RequestError` for shares that are not three numbers above 0 with sum
    1, and for fewer than three classes or groups.
    """
    check_groups(groups)
    shares, names, whole = read_shares(split), sorted(names), groups == GROUPS[1]
    if whole:
        check_folders(names)
    units = sorted({*map(group_of, names)}) if whole else names
    if len(units) < len(SPLITS):
        what = "groups" if whole else "classes"
        raise RequestError(f"expected at least {len(SPLITS)} {what} to divide, got {len(units)}")
    order = sorted(units, key=lambda name: _draw(seed, name))
    counts = _counts([share * len(units) for share in shares], len(units))
    parts = [{*order[start:end]} for start, end in pairwise(accumulate(counts, initial=0))]
    split_of = {unit: place for place, part in enumerate(parts) for unit in part}
    place_of = {name: split_of[group_of(name) if whole else name] for name in names}
    return {one: tuple(name for name in names if place_of[name] == place) for place, one in enumerate(SPLITS)}


def check_folders(names: Iterable[str]) -> None:
    """Raise `RequestError` for a folder with images of its own beside folders of classes, which no group would hold."""
    names = sorted(names)
    heads = {group_of(name) for name in names if "/" in name}
    if both := [name for name in names if name in heads]:
        raise RequestError(
            f'groups = "{GROUPS[1]}": expected images in folders of classes alone, got some beside such folders, '
            f"directly in {some(both)}"
        )


def check_groups(groups: str) -> None:
    """Raise `RequestError` for another value than `GROUPS` holds."""
    if groups not in GROUPS:
        raise unknown("groups", str(groups), GROUPS, "groups")


def _counts(wanted: list[float], total: int) -> list[int]:
    """Integers of at least 1 with the sum `total`, as close as possible to the wanted numbers."""
    counts = [max(1, math.floor(number + 1e-9)) for number in wanted]
    while (left := total - sum(counts)) > 0:
        counts[max(range(len(counts)), key=lambda one: wanted[one] - counts[one])] += 1
    for _ in range(-left):
        several = [one for one, count in enumerate(counts) if count > 1]
        counts[max(several, key=lambda one: counts[one] - wanted[one])] -= 1
    return counts


def read_shares(split: str) -> tuple[float, ...]:
    """The shares of train, val and test in a text as "0.6/0.2/0.2". Raises `RequestError` for any other."""
    try:
        shares = tuple(float(part) for part in split.split("/"))
    except ValueError:
        shares = ()
    if len(shares) != len(SPLITS) or not all(share > 0 for share in shares) or not math.isclose(sum(shares), 1):
        raise RequestError(
            f"split: expected three shares above 0 with sum 1, such as 0.6/0.2/0.2, got {split!r}", "split"
        )
    return shares


def _draw(seed: int, name: str) -> bytes:
    """The random key by which classes are ordered, of the name in Unicode's composed form."""
    return hashlib.sha256(f"{seed}/{composed(name)}".encode(errors="surrogatepass")).digest()
