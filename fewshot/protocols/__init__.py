"""What a result is a result of: which classes are learned from and tested on, and on which tasks.

A protocol is complete and fixed: split, test tasks, verification pairs and their seed. `load_protocol` proves its
split disjoint. One file per protocol; nothing here needs torch. Keyword-only parameters are options of a suite.

An `open` protocol says neither data set nor classes: these are the data set's own split, `posed` once it is known.

A class is `Group/name` or a name alone, or `Group/name/rot090` where quarter turns count as classes of their own; when
lists of classes are compared, all turns are the class that they were made of.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache, cached_property, partial

from fewshot.errors import RequestError
from fewshot.protocols._omniglot_runs import run_classes
from fewshot.registry import entries, load, make_part, own_name
from fewshot.sources import REQUIRED
from fewshot.spec import Part, TaskShape

SPLITS = ("train", "val", "test")
VERIFICATION = "verification"  # a kind of task: one pair, same or different
BATCH_STATISTICS = "batch statistics"  # after a kind of task: each query is scored with a say of the others
TURNS = ("rot000", "rot090", "rot180", "rot270")  # degrees, counter-clockwise
TRIALS = {"official": run_classes}  # the classes that occur in them


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
    """Class names by split, and what is measured on val and on test; an open one has no data set and no classes yet.

    Where `authors` names a split, it has these authors' images only, and where `pair_authors` names a stage, so have
    its verification pairs. With `verify`, accuracy on these pairs is measured too, at the threshold that is best on
    val.
    """

    name: str
    dataset: str
    classes: dict[str, tuple[str, ...]]
    val: tuple[Episodes, ...]
    test: tuple[Episodes, ...]
    pairs: int  # same-class and as many different-class pairs
    seed: int
    authors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pair_authors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    verify: bool = False

    @property
    def open(self) -> bool:
        """Whether its classes are those of the data set's own split, and not known yet."""
        return not self.dataset

    def posed(self, dataset: str, classes: Mapping[str, Sequence[str]]) -> "Protocol":
        """An open protocol with a data set and its own split, proven disjoint."""
        if short := [split for split in SPLITS if not classes.get(split)]:
            raise RequestError(
                f"protocol {self.name}: expected classes for {short[0]} in the split of {dataset}, got none"
            )
        found = replace(self, dataset=dataset, classes={split: tuple(classes[split]) for split in SPLITS})
        return _disjoint(found)

    def learned_from(self, learn: str) -> tuple[str, ...]:
        """The classes that `learn` names: "train" or "train+val"."""
        return tuple(name for split in learn.split("+") for name in self.classes[split])

    def authors_in(self, learn: str) -> dict[str, tuple[str, ...]]:
        """The authors whose images of each class `learn` has, where the protocol leaves some out; else nothing."""
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
        """The val tasks by whose accuracy a checkpoint is chosen: the first."""
        return self.val[0]


def protocol(make: Callable[..., Protocol] | None = None, *, revision: int = 1) -> Callable:
    """Mark a function of options alone as the protocol of its file's name; `revision` rises when its tasks change."""
    if make is None:
        return partial(protocol, revision=revision)
    make.kind = "protocols"
    make.revision = revision
    return make


def load_protocol(asked: str | Part) -> Protocol:
    """The protocol of a name ("lake-small1" is lake_small1) or of a spec's part, its splits proven disjoint."""
    part = asked if isinstance(asked, Part) else make_part("protocols", asked)
    found = load("protocols", part.name)(**part.options)
    for episodes in (found.val, found.test):
        if len({one.name for one in episodes}) < len(episodes):
            raise RequestError(f"protocol {part.name}: two kinds of task of one stage are called the same")
    return found if found.open else _disjoint(found)


def _disjoint(found: Protocol) -> Protocol:
    for left, right in (("train", "val"), ("train", "test"), ("val", "test")):
        if shared := overlap(found.classes[left], found.classes[right]):
            count = f"{len(shared)} classes, such as {shared[0]}"
            raise RequestError(f"protocol {found.name}: {left} and {right} share {count}")
    return found


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


def learned_classes(given: str | Sequence[str], measured: Protocol) -> dict[str, tuple[str, ...]]:
    """Whose classes: those of train and val of the protocols, and the classes themselves, that `given` names.

    Raises `RequestError` for a name that is neither, in any protocol of the data set that is `measured`.
    """
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, Sequence) or not all(isinstance(name, str) for name in given):
        raise RequestError(f"learned_from: expected names of protocols or of classes, got {given!r}")
    listed = [name for name, entry in entries("protocols").items() if REQUIRED not in entry.options.values()]
    protocols = {name: load_protocol(name) for name in listed} if given else {}
    protocols = {name: one for name, one in protocols.items() if not one.open} | {measured.name: measured}
    known = {
        unturned(name)
        for one in protocols.values()
        if one.dataset == measured.dataset
        for names in one.classes.values()
        for name in names
    }
    found = {}
    for name in given:
        if (plain := own_name("protocols", name)) in protocols:
            found[f"a model that learned from {name}"] = protocols[plain].learned_from("train+val")
        elif unturned(name) not in known:
            near = " or ".join(get_close_matches(name, [*protocols, *known])) or ", ".join(protocols)
            expected = f"expected a protocol or a class of {measured.dataset}, such as {near}"
            raise RequestError(f"learned_from: {expected}, got {name!r}")
    return found | {"this model": tuple(name for name in given if unturned(name) in known)}


def refuse_learned(learned: Iterable[str], whose: str, protocol: Protocol, stage: str) -> None:
    """Raise `RequestError` when classes that a model `learned` from are among those that a stage is measured on."""
    split, met = protocol.classes[stage], protocol.seen_in(stage)
    if not (shared := overlap(learned, split)):
        return
    of_tasks, of_split = (f"{len(overlap(shared, some))} of the {len(overlap(some, some))}" for some in (met, split))
    raise RequestError(
        f"{whose} cannot be measured on {protocol.name}: it has learned from {of_tasks} classes that the {stage} tasks "
        f"can hold, and from {of_split} classes of the {stage} split, such as {(overlap(shared, met) or shared)[0]}"
    )
