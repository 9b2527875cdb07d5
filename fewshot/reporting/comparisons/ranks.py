"""The rank of each method by paired differences: the ranks that it may have, and the groups that it belongs to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, product
from string import ascii_lowercase

from fewshot.reporting.comparisons.difference_table import groups
from fewshot.reporting.comparisons.differences import Difference, differences
from fewshot.reporting.summary import Method


@dataclass(frozen=True)
class Rank:
    """The ranks from `first` to `last` among `of` methods that no difference rules out, and letters of groups.

    A method is behind those, and before those, that it is told apart from; so all these ranges hold together with the
    95 % of Holm's correction. Methods that share a letter are not told apart, and those that share none are.
    """

    first: int
    last: int
    of: int
    groups: str

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def ranks(methods: Sequence[Method]) -> dict[str, dict[str, Rank]]:
    """By kind of task and by the id of a method's first run: its rank among the methods on the same episodes.

    Methods that share their episodes with no other have none.
    """
    found: dict[str, dict[str, Rank]] = {}
    for task, alike in groups(methods):
        if len(alike) > 1:
            found.setdefault(task, {}).update(_among(alike, differences(alike, task)))
    return found


def _among(methods: Sequence[Method], found: Sequence[Difference]) -> dict[str, Rank]:
    """The ranks of methods that stand with the best first, as their pairs in `found` do."""
    names = [one.spec.id for one in methods]
    apart = {(one.one.spec.id, one.other.spec.id) for one in found if one.told_apart}
    letters = letters_of(names, apart | {(other, one) for one, other in apart})
    return {
        name: Rank(
            1 + sum((other, name) in apart for other in names[:place]),
            len(names) - sum((name, other) in apart for other in names[place + 1 :]),
            len(names),
            letters[name],
        )
        for place, name in enumerate(names)
    }


def letters_of(names: Sequence[str], apart: set[tuple[str, str]]) -> Mapping[str, str]:
    """Letters of each name, so that two share one where they are not `apart`, and only there.

    Each letter is of a group to which no name can be added, grown from the first pair that shares none yet: few, if not
    always the fewest, which would take exponential time (Piepho, J. Comput. Graph. Stat. 2004, lists all such groups).
    """
    columns = sorted(_groups(len(names), {(names.index(one), names.index(other)) for one, other in apart}))
    apart_by = "" if len(columns) <= len(ascii_lowercase) else " "
    marks = list(zip(_marks(), columns, strict=False))
    return {name: apart_by.join(mark for mark, column in marks if place in column) for place, name in enumerate(names)}


def _groups(number: int, apart: set[tuple[int, int]]) -> Iterator[list[int]]:
    """Groups of numbers that are not `apart`, in rising order, so that each two which are not stand in one."""
    near = [{other for other in range(number) if (one, other) not in apart and (other, one) not in apart} - {one}
            for one in range(number)]  # fmt: skip
    left = [set(others) for others in near]  # those with which a number shares no group yet
    for one in range(number):
        while left[one] or not near[one]:
            group, able = {one}, set(near[one])
            while able:  # the first of those with most pairs left, at the beginning the nearest one
                best = min(able, key=lambda other: (-len(left[other] & group), other))
                group.add(best)
                able &= near[best]
            yield sorted(group)
            for other in group:
                left[other] -= group
            if not near[one]:
                break


def _marks() -> Iterator[str]:
    """a to z, aa to zz, and so on."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))
