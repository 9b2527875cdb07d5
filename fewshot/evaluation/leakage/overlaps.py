"""Overlaps of classes: between the splits of a protocol, and between its training and other protocols' test classes."""

from collections.abc import Iterable
from dataclasses import dataclass

from fewshot.core.recipe import LEARN
from fewshot.data.class_lists.names import overlap, unturned
from fewshot.protocols import Protocol, load_protocol
from fewshot.registry.lookup import entries
from fewshot.registry.source import REQUIRED


@dataclass(frozen=True)
class Shared:
    """The classes (ignoring turns), groups and authors that two splits share, by name."""

    left: str
    right: str
    classes: tuple[str, ...]
    groups: tuple[str, ...]
    authors: tuple[str, ...]


@dataclass(frozen=True)
class Elsewhere:
    """The overlap of a protocol's training classes with another protocol's test classes; turns of a class count once.

    `classes` counts the other's test classes, and `in_tasks` those in its test tasks. `learned` holds how many of both
    are training classes, for "train" and for "train+val".
    """

    protocol: str
    classes: int
    in_tasks: int
    learned: dict[str, tuple[int, int]]


def shared(protocol: Protocol, left: str, right: str, authors: dict[str, Iterable[str]]) -> Shared:
    """The overlap of two splits; `authors` are those with images in each split."""
    classes = [protocol.classes[split] for split in (left, right)]
    groups = [{name.split("/")[0] for name in names if "/" in name} for names in classes]
    others = set(authors[right])
    return Shared(
        left,
        right,
        tuple(overlap(*classes)),
        tuple(sorted(groups[0] & groups[1])),
        tuple(name for name in authors[left] if name in others),
    )


def elsewhere(protocol: Protocol) -> list[Elsewhere]:
    """The overlap with the test classes of every other protocol of the same data set."""
    known = entries("protocols").values()
    ready = [entry.name for entry in known if REQUIRED not in entry.options.values()]  # all options have defaults
    others = [load_protocol(name) for name in ready if name != protocol.name]
    return [_against(protocol, other) for other in others if other.dataset == protocol.dataset]


def _against(protocol: Protocol, other: Protocol) -> Elsewhere:
    every, met = other.classes["test"], other.seen_in("test")
    learned = {learn: protocol.learned_from(learn) for learn in LEARN}
    return Elsewhere(
        other.name,
        len({unturned(name) for name in every}),
        len({unturned(name) for name in met}),
        {learn: (len(overlap(names, every)), len(overlap(names, met))) for learn, names in learned.items()},
    )
