"""What a result is a result of: which classes are learned from and tested on, and on which tasks.

A protocol is complete and fixed: split, test tasks, verification pairs and their seed. `load_protocol` proves its
split disjoint. One file per protocol; nothing here needs torch.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from fewshot.errors import RequestError
from fewshot.registry import load
from fewshot.spec import TaskShape

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Episodes:
    """Evaluation tasks, drawn with the protocol's own seed, or (`trials`) given as an index that the package ships."""

    shape: TaskShape
    number: int
    within_group: bool = False
    other_authors: bool = False
    trials: str = ""

    @property
    def name(self) -> str:
        """How a table heads them: "20-way 1-shot"."""
        return str(self.shape)


@dataclass(frozen=True)
class Protocol:
    """Class names by split (`Group/name`), and what is measured on val and on test."""

    name: str
    dataset: str
    classes: dict[str, tuple[str, ...]]
    val: tuple[Episodes, ...]
    test: tuple[Episodes, ...]
    pairs: int  # same-class and as many different-class pairs
    seed: int
    revision: int = 1

    def learned_from(self, learn: str) -> tuple[str, ...]:
        """The classes that `learn` names: "train" or "train+val"."""
        return tuple(name for split in learn.split("+") for name in self.classes[split])

    @cached_property
    def selects_by(self) -> Episodes:
        """The val tasks by whose accuracy a checkpoint is chosen: the first."""
        return self.val[0]


def protocol(make: Callable[[], Protocol]) -> Callable[[], Protocol]:
    """Mark a function without parameters as the protocol of its file's name."""
    make.kind = "protocols"
    return make


def load_protocol(name: str) -> Protocol:
    """The protocol called `name`, its splits proven disjoint."""
    found = load("protocols", name)()
    for left, right in (("train", "val"), ("train", "test"), ("val", "test")):
        if shared := overlap(found.classes[left], found.classes[right]):
            raise RequestError(f"protocol {name}: {left} and {right} share {len(shared)} classes, such as {shared[0]}")
    for episodes in (found.val, found.test):
        if len({one.name for one in episodes}) < len(episodes):
            raise RequestError(f"protocol {name}: two kinds of task of one stage are called the same")
    return found


def small_groups(classes: tuple[str, ...], way: int) -> list[str]:
    """The groups with fewer classes than `way`, which tasks within a group leave out: "Tagalog (17)"."""
    size = Counter(name.split("/")[0] for name in classes)
    return [f"{group} ({count})" for group, count in size.items() if count < way]


def overlap(left: tuple[str, ...], right: tuple[str, ...]) -> list[str]:
    """The classes that stand in both lists."""
    return sorted(set(left) & set(right))
