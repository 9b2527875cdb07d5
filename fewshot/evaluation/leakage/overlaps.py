"""Classes that two lists share: the splits of one protocol, and its training classes with others' tests."""

from collections.abc import Iterable
from dataclasses import dataclass

from fewshot.core.recipe import LEARN
from fewshot.data.class_lists.names import overlap, unturned
from fewshot.protocols import Protocol, load_protocol
from fewshot.registry.lookup import entries
from fewshot.registry.source import REQUIRED


@dataclass(frozen=True)
class Shared:
    """The classes (at whatever turn), groups and authors that two splits have in common, by name."""

    left: str
    right: str
    classes: tuple[str, ...]
    groups: tuple[str, ...]
    authors: tuple[str, ...]


@dataclass(frozen=True)
class Elsewhere:
    """How many of another protocol's test classes, and of those in its test tasks, one learns from; turns are one.

    `learned` says it of both for "train" and for "train+val".
    """

    protocol: str
    classes: int
    in_tasks: int
    learned: dict[str, tuple[int, int]]


def shared(protocol: Protocol, left: str, right: str, authors: dict[str, Iterable[str]]) -> Shared:
    """What two splits share, `authors` being those who have images in each."""
    classes = [protocol.classes[split] for split in (left, right)]
    groups = [{name.split("/")[0] for name in names if "/" in name} for names in classes]
    return Shared(
        left,
        right,
        tuple(overlap(*classes)),
        tuple(sorted(groups[0] & groups[1])),
        tuple(name for name in authors[left] if name in set(authors[right])),
    )


def elsewhere(protocol: Protocol) -> list[Elsewhere]:
    """What it learns from among the test classes of every other protocol of its data set."""
    known = entries("protocols").values()
    ready = [entry.name for entry in known if REQUIRED not in entry.options.values()]  # which need no options
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
