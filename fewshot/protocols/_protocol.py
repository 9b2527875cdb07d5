"""`Protocol`, the decorator `protocol`, and the check that splits are disjoint."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from fewshot.core.checks import between, check_type, of_type
from fewshot.core.errors import RequestError
from fewshot.core.marks import Made, ProtocolMarks, decorator, marked
from fewshot.core.spec.run_spec import Part
from fewshot.data.class_lists.names import SPLITS, group_of, overlap, unturned
from fewshot.data.pair_list import NamedPair
from fewshot.protocols._episodes import MOST, TRIALS, Episodes
from fewshot.protocols._pair_lists import PairLists
from fewshot.registry.lookup import load, make_part

PROBES = 5  # of each identity of a gallery, at most


@dataclass(frozen=True)
class Protocol:
    """Class names by split, and the tasks of val and test; an open protocol has no data set and no classes yet.

    `authors` limits splits to images of these authors, and `pair_authors` does so for the verification pairs of stages.
    With `verify`, accuracy on these pairs is measured too, at the threshold that is best on val. `lists` names the
    pairs of stages one by one; tasks are then of the classes with enough images, as a person in a pair may have one
    alone. With `forgeries`, pairs are all genuine ones of each class, and as many with a forgery of it; `pairs` is 0.
    `references` are numbers of references of a class with which probes are compared too.

    For each number in `gallery`, so many images of each class of a stage are enrolled, and up to `probes` others of it
    are identified among all classes.
    """

    name: str
    dataset: str
    classes: dict[str, tuple[str, ...]]
    val: tuple[Episodes, ...]
    test: tuple[Episodes, ...]
    pairs: int  # number of same-class pairs, and of different-class pairs
    seed: int
    authors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pair_authors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    verify: bool = False
    lists: PairLists | None = None
    forgeries: bool = False
    gallery: tuple[int, ...] = ()
    probes: int = PROBES
    references: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        of_type(PairLists | None, lists=self.lists)
        of_type(str, name=self.name, dataset=self.dataset)
        of_type(int, pairs=self.pairs, seed=self.seed)
        of_type(bool, verify=self.verify, forgeries=self.forgeries)
        between(0 if self.forgeries or self.lists else 1, MOST, pairs=self.pairs)
        _check_references(gallery=self.gallery)
        _check_references(references=self.references)
        of_type(int, probes=self.probes)
        between(1, MOST, probes=self.probes)
        if self.probes != PROBES and not self.gallery:
            raise RequestError(f"probes: expected a gallery to identify them in, got none, and {self.probes}", "probes")
        of_type(dict, classes=self.classes, authors=self.authors, pair_authors=self.pair_authors)
        for split, names in self.classes.items():
            self._check_names("classes", split, names)
            if twice := [name for name, times in Counter(names).items() if times > 1]:
                raise self._refusal(f"each class of {split} once", twice[0])
        for split, names in (*self.authors.items(), *self.pair_authors.items()):
            self._check_names("authors", split, names)
        for stage, kinds in (("val", self.val), ("test", self.test)):
            for one in kinds if isinstance(kinds, tuple) else [kinds]:
                if not isinstance(one, Episodes):
                    raise self._refusal(f"a tuple of Episodes on {stage}", one)
        if self.lists and self.pair_authors:
            raise self._refusal("pairs of lists or by some authors, not both", self.pair_authors)
        if self.val and self.selects_by.open_set:
            raise self._refusal("first tasks on val that select a checkpoint by accuracy", self.selects_by.name)

    def _check_names(self, whose: str, split: str, names: object) -> None:
        of_type(str, **{f"split of {whose}": split})
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            raise self._refusal(f"a tuple of names of {whose} for {split}", names)

    def _refusal(self, expected: str, got: object) -> RequestError:
        return RequestError(f"protocol {self.name}: expected {expected}, got {got!r}")

    @property
    def open(self) -> bool:
        """Whether the classes are those of a data set's own split, and not known yet."""
        return not self.dataset

    def with_own_split(self, dataset: str, classes: Mapping[str, Sequence[str]]) -> "Protocol":
        """This open protocol with a data set and its own split. Raises `RequestError` if the split is not disjoint."""
        if short := [split for split in SPLITS if not classes.get(split)]:
            raise RequestError(
                f"protocol {self.name}: expected classes for {short[0]} in the split of {dataset}, got none"
            )
        found = replace(self, dataset=dataset, classes={split: tuple(classes[split]) for split in SPLITS})
        return _disjoint(found)

    def fold(self, number: int, of: int) -> "Protocol":
        """This protocol with fold `number`, from 1, of train and val as `val`, and the other folds as `train`.

        Groups are dealt to the `of` folds in the order of their names, or classes if there is only one group. Test
        stays as it is. Raises `RequestError` for fewer groups than folds.
        """
        names = self.learned_from("train+val")
        several = len({*map(group_of, names)}) > 1
        unit = group_of if several else unturned
        units = sorted({unit(name) for name in names})
        if of > len(units):
            there = f"{len(units)} {'groups' if several else 'classes'} of train and val"
            raise RequestError(f"folds: expected at most the {there} of protocol {self.name}, got {of}")
        own = {*units[number - 1 :: of]}
        val = tuple(name for name in names if unit(name) in own)
        train = tuple(name for name in names if unit(name) not in own)
        lists = self.lists and replace(self.lists, pairs={k: v for k, v in self.lists.pairs.items() if k != "val"})
        return _disjoint(replace(self, classes=self.classes | {"train": train, "val": val}, lists=lists))

    def named_pairs(self, stage: str) -> tuple[NamedPair, ...]:
        """The pairs that a stage's list names; none where pairs are drawn."""
        return self.lists.pairs.get(stage, ()) if self.lists else ()

    def learned_from(self, learn: str) -> tuple[str, ...]:
        """The classes that `learn` names: "train" or "train+val"."""
        return tuple(name for split in learn.split("+") for name in self.classes[split])

    def authors_in(self, learn: str) -> dict[str, tuple[str, ...]]:
        """The authors to which each class of `learn` is limited; without classes that are not limited."""
        named = [split for split in learn.split("+") if split in self.authors]
        return {name: self.authors[split] for split in named for name in self.classes[split]}

    def seen_in(self, stage: str) -> tuple[str, ...]:
        """The classes that tasks of a stage can hold: all of its split, or those of its trials."""
        kinds = getattr(self, stage)
        if not all(episodes.trials in TRIALS for episodes in kinds):
            return self.classes[stage]
        return tuple(dict.fromkeys(name for episodes in kinds for name in TRIALS[episodes.trials]()))

    @cached_property
    def selects_by(self) -> Episodes:
        """The val tasks whose accuracy selects a checkpoint: the first."""
        return self.val[0]


@decorator(ProtocolMarks)
def protocol(make: Made, marks: ProtocolMarks) -> Made:
    """Mark a function of options as the protocol of its file's name, with the keywords of `ProtocolMarks`.

    In a file `my_split.py`, of a data set that is a plug-in too:

    >>> from fewshot import Episodes, Protocol, TaskShape, protocol
    >>> @protocol
    ... def my_split(*, way: int = 5) -> Protocol:
    ...     tasks = (Episodes(TaskShape(way, shot=1, query=4), number=600),)
    ...     split = {"train": range(0, 60), "val": range(60, 80), "test": range(80, 100)}
    ...     classes = {name: tuple(f"class{n}" for n in numbers) for name, numbers in split.items()}
    ...     return Protocol("my_split", "my_data", classes, val=tasks, test=tasks, pairs=1000, seed=1)
    """
    return marked(make, marks)


def load_protocol(named: str | Part) -> Protocol:
    """The protocol of a name or of a spec's part. Raises `RequestError` if its splits are not disjoint."""
    of_type(str | Part, protocol=named)
    part = named if isinstance(named, Part) else make_part("protocols", named)
    return _loaded(load("protocols", part.name), part.name, json.dumps(part.options))


@lru_cache(maxsize=256)  # a suite of many cells asks for one again and again
def _loaded(make: Callable[..., Protocol], name: str, options: str) -> Protocol:
    found = make(**json.loads(options))
    if not isinstance(found, Protocol):
        raise RequestError(f"protocol {name}: expected a function that returns a Protocol, got {found!r}")
    for episodes in (found.val, found.test):
        if len({one.name for one in episodes}) < len(episodes):
            names = ", ".join(one.name for one in episodes)
            raise RequestError(f"protocol {name}: expected each kind of task once in a stage, got {names}")
    return found if found.open else _disjoint(found)


def _disjoint(found: Protocol) -> Protocol:
    if missing := [split for split in SPLITS if split not in found.classes]:
        raise RequestError(f"protocol {found.name}: expected classes for {missing[0]}, got none")
    for left, right in (("train", "val"), ("train", "test"), ("val", "test")):
        if shared := overlap(found.classes[left], found.classes[right]):
            count = f"{len(shared)} classes, such as {shared[0]}"
            raise RequestError(f"protocol {found.name}: {left} and {right} share {count}")
    return found


def _check_references(**named: tuple[int, ...]) -> None:
    """Raise `RequestError` unless the value is a tuple of different numbers of references of a class."""
    ((name, numbers),) = named.items()
    of_type(tuple, **named)
    for number in numbers:
        check_type(name, number, int, name, expected="whole numbers")
        between(1, MOST, **{name: number})
    if len({*numbers}) < len(numbers):
        raise RequestError(f"{name}: expected different numbers of references, got {[*numbers]}", name)
