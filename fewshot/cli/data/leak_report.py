"""The report on the tasks, splits and images of one protocol."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from fewshot.cli.columns import columns
from fewshot.core.recipe import LEARN
from fewshot.core.spec.run_spec import Part
from fewshot.evaluation.leakage import Audit, audit_protocol, fault_of
from fewshot.evaluation.leakage.draws import TASKS
from fewshot.evaluation.shortcuts import CLASSES, STATISTICS
from fewshot.protocols import with_own_split

MANY = 12  # names in one line
MARGIN = "  "


def report_leaks(protocol: Part, dataset: Part, folders: Sequence[Path]) -> int:
    """Print the report on a protocol's leaks, and return 1 when there is a finding."""
    found = audit_protocol(with_own_split(protocol, dataset, folders), folders, dataset)
    print("\n".join(_report(found, protocol.revision)))
    return 1 if found.findings else 0


def _report(found: Audit, revision: int) -> Iterator[str]:
    protocol = found.protocol
    yield f"protocol {protocol.name} of {protocol.dataset}: revision {revision}, seed {protocol.seed}"
    yield from ["", f"Drawn in the first {TASKS} tasks of each kind, or in all: what was met, of what could be"]
    yield from columns(_drawn(found), MARGIN)
    yield "  train: posed as the first kind on val is; a suite poses tasks and lists pairs of its own"
    yield from _left_out(found)
    yield from ["", "Shared by two splits (all turns of a class are one; an author can be a number within a group)"]
    yield from columns(_shared(found), MARGIN)
    yield from _elsewhere(found)
    yield from ["", *_duplicates(found)]
    yield from ["", "One number of an image alone, told by its difference in a pair: ROC area (0.5: it knows nothing)"]
    yield from columns(_shortcuts(found), MARGIN)
    yield ""
    besides = [*_besides(found)]
    if found.findings:
        yield f"{len(found.findings)} FINDING{'S' if len(found.findings) > 1 else ''}:"
        yield from (f"  ! {finding}" for finding in found.findings)
    else:
        keep = "all tasks hold classes and authors of their split, hold no image twice and keep their rules"
        yield f"No finding: {keep}{'; but' * bool(besides)}{':' if besides else '.'}"
    yield from (f"  – {line}" for line in besides)


def _besides(found: Audit) -> Iterator[str]:
    """Lines on no fault of the protocol: images twice in a class of train or among the forgeries of any, damaged ones,
    and classes of other greys."""
    for what, forged in (("in a class of train", False), ("among the forgeries of a class", True)):
        if twice := [same for same in found.duplicates if same[0].forged == forged and not fault_of(same)]:
            first, *_, last = twice[0]
            yield f"images that stand twice {what}: {len(twice)}, such as {first} = {last}"
    for split, damaged in found.damaged.items():
        yield f"damaged images left out of {split}: {len(damaged):,}, such as {damaged[0]}"
    yield from (one.finding for one in found.shortcuts if one.finding and one.kind == CLASSES)


def _drawn(found: Audit) -> Iterator[Sequence[str]]:
    turned = any(one.turned_twice for one in found.samples)
    header = ("split", "kind", "rule", "tasks", "queries", "classes", "groups", "authors", "images")
    yield (*header, "tasks with a class at two turns") if turned else header
    for one in found.samples:
        met = len(one.classes), len(one.groups), len(one.authors), one.images
        counts = [f"{count:,} of {of:,}" for count, of in zip(met, one.available, strict=True)]
        twice = [f"{one.turned_twice:,}"] if turned else []
        yield one.split, one.kind, one.rule or "–", f"{one.tasks:,}", f"{one.queries:,}", *counts, *twice


def _left_out(found: Audit) -> Iterator[str]:
    """A line for each kind of task that leaves groups out, those with one reason together."""
    for one in found.samples:
        if one.left_out:
            reasons: dict[str, list[str]] = {}
            for group, why in one.left_out.items():
                reasons.setdefault(why, []).append(group)
            named = "; ".join(f"{_some(groups)} ({why})" for why, groups in reasons.items())
            yield f"  groups left out of {one.split} {one.kind}: {named}"


def _shared(found: Audit) -> Iterator[Sequence[str]]:
    yield "splits", "classes", "groups", "authors"
    for one in found.shared:
        yield f"{one.left} and {one.right}", _some(one.classes), _some(one.groups), _span(one.authors)


def _elsewhere(found: Audit) -> Iterator[str]:
    if not found.elsewhere:
        return
    yield from ["", "Learned here, tested elsewhere: test classes of other protocols (their pairs can hold all)"]
    rows = [("tested on", *(f"learned from {learn}" for learn in LEARN), "so there a model is")]
    for one in found.elsewhere:
        cells = [
            f"{split:,} of {one.classes:,} (in its tasks {met:,} of {one.in_tasks:,})"
            for split, met in (one.learned[learn] for learn in LEARN)
        ]
        refused = [learn for learn in LEARN if one.learned[learn][0]]
        rows.append((one.protocol, *cells, f"refused after {' or '.join(refused)}" if refused else "welcome"))
    yield from columns(rows, MARGIN)


def _shortcuts(found: Audit) -> Iterator[Sequence[str]]:
    yield "split", "tells apart", *STATISTICS
    rows = dict.fromkeys((one.split, one.kind) for one in found.shortcuts)
    for row in rows:
        yield *row, *(f"{one.area:.2f}" for one in found.shortcuts if (one.split, one.kind) == row)


def _duplicates(found: Audit) -> Iterator[str]:
    images = ", ".join(f"{split} {count:,}" for split, count in found.images.items())
    count = len(found.duplicates) or "none"
    size = f"at {found.side} px" if found.side else "in full size"
    yield f"Images that are the same to the pixel, {size}, turns aside ({images}): {count}"
    faults_first = sorted(found.duplicates, key=lambda same: not fault_of(same))
    yield from (f"  {line}" for line in _first(" = ".join(_first(map(str, same))) for same in faults_first))
    for split, damaged in found.damaged.items():
        yield f"Damaged images left out of {split}: {len(damaged):,}"
        yield from (f"  {line}" for line in _first(damaged))


def _first(lines: Iterable[str]) -> Iterator[str]:
    """The first lines, and the number of the others."""
    lines = list(lines)
    yield from lines[:MANY]
    if len(lines) > MANY:
        yield f"… and {len(lines) - MANY:,} more"


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:MANY])}{', …' if len(names) > MANY else ''}" or "none"


def _span(names: Sequence[str]) -> str:
    """The names or, for five and more, their number, the first and the last."""
    return _some(names) if len(names) < 5 else f"{len(names)} ({names[0]} … {names[-1]})"
