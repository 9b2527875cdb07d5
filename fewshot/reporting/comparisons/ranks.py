"""The rank of each method by paired differences: the ranks that it may have, and the groups that it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """Letters of each name: the fewest that insertion and absorption find (Piepho, J. Comput. Graph. Stat. 2004)."""
    columns = [frozenset(names)]
    for one, other in sorted(apart, key=lambda pair: [*map(names.index, pair)]):
        split = [part for column in columns for part in _without(column, one, other)]
        unique = [*dict.fromkeys(split)]
        columns = [column for column in unique if not any(column < wider for wider in unique)]
    columns.sort(key=lambda column: sorted(map(names.index, column)))
    marks = [*ascii_lowercase, *(f"{one}{other}" for one in ascii_lowercase for other in ascii_lowercase)]
    apart_by = "" if len(columns) <= len(ascii_lowercase) else " "
    return {
        name: apart_by.join(mark for mark, column in zip(marks, columns, strict=False) if name in column)
        for name in names
    }


def _without(column: frozenset[str], one: str, other: str) -> list[frozenset[str]]:
    """A column as it is, or without one and without the other of two that it may not hold together."""
    return [column - {one}, column - {other}] if {one, other} <= column else [column]
