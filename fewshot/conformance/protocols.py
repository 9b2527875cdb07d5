"""Checks of a protocol: a data set, three disjoint splits, and tasks that these can fill."""

from collections import Counter
from collections.abc import Callable

from fewshot.conformance.breaches import Breach, inside
from fewshot.core.checks import Size
from fewshot.core.errors import unknown
from fewshot.core.spec.names import STAGES
from fewshot.core.spec.run_spec import Part
from fewshot.data.class_lists.names import group_of
from fewshot.protocols import SPLITS, TRIALS, Protocol, load_protocol
from fewshot.registry.lookup import find

PAIR_WAY = 3  # classes of the tasks from which verification pairs are taken


def check_protocol(part: Callable, named: Part, size: Size | None) -> list[str]:
    """Check name, data set, splits, the way of every kind of task, and authors."""
    with inside(f"options {named.options}"):
        found = part(**named.options)
        if not isinstance(found, Protocol):
            raise Breach("a Protocol", type(found).__name__)
        if found.name != named.name:
            raise Breach(f"the name {named.name!r}", repr(found.name))
        if found.open and (found.classes or found.authors or found.pair_authors):
            raise Breach("a data set beside its classes or authors", "none")
        if not found.open:
            find("datasets", found.dataset)
        for split in () if found.open else SPLITS:
            names = found.classes.get(split, ())
            if not names or len(set(names)) < len(names):
                raise Breach(f"classes for {split}, each once", f"{len(names)}, {len(set(names))} different")
        for stage in ("val", "test"):
            _check_tasks(found, stage)
        for names, keys in ((found.authors, SPLITS), (found.pair_authors, STAGES)):
            _check_authors(found, names, keys)
        load_protocol(named)
    kinds = ", ".join(dict.fromkeys(episodes.name for episodes in (*found.val, *found.test)))
    if found.open:
        return [f"of a data set's own split; {kinds}"]
    counts = ", ".join(f"{len(found.classes[split]):,} {split}" for split in SPLITS)
    return [f"of data set {found.dataset}; disjoint splits of {counts} classes, enough for {kinds}"]


def _check_tasks(found: Protocol, stage: str) -> None:
    names, kinds = found.classes.get(stage, ()), getattr(found, stage)
    if not kinds:
        raise Breach(f"at least one kind of task on {stage}", "none")
    groups = Counter(map(group_of, names))
    for episodes in kinds:
        if episodes.trials and episodes.trials not in TRIALS:
            raise unknown(f"trials of {find('protocols', found.name).label}", episodes.trials, TRIALS)
        if found.open:
            continue  # the number of classes depends on the data set
        way, (largest, most) = episodes.drawn.way, groups.most_common(1)[0]
        if way > len(names):
            raise Breach(f"at least {way} classes in {stage}", f"{len(names)}")
        if episodes.within_group and way > most:
            raise Breach(f"a group with {way} classes in {stage}", f"at most {most}, in {largest}")
    if not found.open and len(names) < PAIR_WAY:
        raise Breach(f"at least {PAIR_WAY} classes in {stage}", f"{len(names)}")


def _check_authors(found: Protocol, authors: dict[str, tuple[str, ...]], keys: tuple[str, ...]) -> None:
    """Check the names of splits and of authors: a misspelt split would not be limited to its authors."""
    for key, names in authors.items():
        if key not in keys:
            raise unknown(f"split with authors of {find('protocols', found.name).label}", key, keys)
        if not names:
            raise Breach(f"names of authors for {key}", "none")
        if strange := sorted(set(names) - set(found.authors.get(key, names))):
            raise Breach(f"pair_authors of {key} among its authors", repr(strange[0]))
