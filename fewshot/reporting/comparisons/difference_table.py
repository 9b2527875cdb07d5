"""Tables of paired differences: of all methods of a suite from each other, and of two methods from Python."""

from collections.abc import Sequence
from itertools import groupby

from fewshot.core.checks import of_type
from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec
from fewshot.records.record import RunRecord
from fewshot.registry.pitfalls import refuse_pitfalls
from fewshot.reporting.blocks import Block, Table, clean, one_line
from fewshot.reporting.cells import with_classes
from fewshot.reporting.columns import NONE, TASK
from fewshot.reporting.comparisons.differences import Difference, differences, episodes_of
from fewshot.reporting.comparisons.notes import of_differences
from fewshot.reporting.notes.missing import of_missing
from fewshot.reporting.summary import Method, marked_apart, summarise

APART = "*"  # marks methods that are told apart
TIDY = (
    "task", "method", "other", "difference", "half_width", "half_width_units", "units", "n_units", "p", "p_holm",
)  # fmt: skip


def make_difference_table(
    title: str, records: Sequence[RunRecord], missing: Sequence[tuple[RunSpec, str]] = ()
) -> Table:
    """A matrix for each kind of task: the row's accuracy less the column's, the best first.

    Methods are compared where they share their episodes. Raises `RequestError` for records without two such methods.
    """
    methods = [method for method in marked_apart(summarise(records, missing)) if method.records]
    shared = [(task, alike) for task, alike in groups(methods) if len(alike) > 1]
    if not shared:
        raise RequestError("differences: expected records of two methods on the same episodes, found none")
    found = {number: differences(alike, task) for number, (task, alike) in enumerate(shared)}
    most = max(len(alike) for _, alike in shared)
    header = ("method", "accuracy", *(f"− {number}" for number in range(1, most + 1)))
    lines = [line for number, (task, alike) in enumerate(shared) for line in _matrix(task, alike, found[number], most)]
    pairs = [one for each in found.values() for one in each]
    block = Block((TASK, *header), tuple(lines), 2)
    if len({task for task, _ in shared}) == 1:
        title, block = f"{title}: {shared[0][0]}", Block(header, tuple(line[1:] for line in lines))
    notes = [*of_differences(pairs, APART), *of_missing(methods)]
    return Table(one_line(title), clean(block), clean(_tidy(pairs)), tuple(map(one_line, notes)))


def compare_methods(a: RunRecord | Sequence[RunRecord], b: RunRecord | Sequence[RunRecord]) -> Table:
    """The paired difference of method `a` from method `b` on each kind of task that both were measured on.

    Each is a record, or the records of one method's seeds. The interval counts episodes alone ("±"), and classes and
    trainings (in brackets). Raises `RequestError` for records of several methods, or of other episodes.

    >>> import fewshot
    >>> from torch import nn
    >>> pixels = fewshot.evaluate(nn.Flatten(), "scripts", stage="val", size=12)
    >>> pooled = fewshot.evaluate(nn.Sequential(nn.AvgPool2d(2), nn.Flatten()), "scripts", stage="val", size=12)
    >>> fewshot.compare_methods(pixels, pooled)
    Flatten − Sequential
    ...
    20-way 1-shot ...
    >>> fewshot.compare_methods(pixels, pooled).to_frame()[["task", "units", "n_units"]]
                task    units  n_units
    0  20-way 1-shot  letters      110
    """
    ours, theirs = (_one_method(name, given) for name, given in (("a", a), ("b", b)))
    both = marked_apart(summarise([*ours, *theirs]))
    if len(both) != 2:
        same = f"{both[0].label} twice; models without weights are told apart by the names of their classes"
        raise RequestError(f"compare_methods: expected two methods, got {same}")
    shared = [task for task in both[0].accuracy if task in both[1].accuracy]
    shared = [task for task in shared if episodes_of(both[0], task) == episodes_of(both[1], task)]
    if not shared:
        raise RequestError(f"compare_methods: expected records of the same episodes, got {_apart(*both)}")
    found = [differences(both, task)[0] for task in shared]
    header = (TASK, both[0].label, both[1].label, "difference", "over", "p")
    lines = [
        (one.task, *(with_classes(method, one.task) for method in both), _both_halves(one), one.units, f"{one.p:.2g}")
        for one in found
    ]
    title, notes = f"{both[0].label} − {both[1].label}", of_differences(found, "")
    return Table(one_line(title), clean(Block(header, tuple(lines))), clean(_tidy(found)), tuple(notes))


def _one_method(name: str, given: RunRecord | Sequence[RunRecord]) -> list[RunRecord]:
    records = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    for record in records:
        of_type(RunRecord, **{name: record})
        refuse_pitfalls(f"record {record.id}", [record.spec])
    if len({record.id for record in records}) < len(records):
        raise RequestError(f"{name}: expected each record once, got {len(records)} of {len({r.id for r in records})}")
    found = summarise(records)
    if len(found) != 1:
        raise RequestError(f"{name}: expected records of one method, got {len(found)} methods")
    return records


def _apart(one: Method, other: Method) -> str:
    """The first fields in which the evaluations of two methods differ."""
    left, right = one.spec.plain(), other.spec.plain()
    fields = [key for key in ("dataset", "protocol", "stage", "fold", "folds") if left.get(key) != right.get(key)]
    if fields:
        return " and ".join(f"{fields[0]} {spec.get(fields[0])}" for spec in (left, right))
    tasks = [", ".join(method.accuracy) for method in (one, other)]
    return "other images of the same name" if tasks[0] == tasks[1] else " and ".join(tasks)


def groups(methods: Sequence[Method]) -> list[tuple[str, list[Method]]]:
    """The methods on each kind of task that share their episodes, the best first."""
    each = [(episodes_of(method, task), method) for method in methods for task in method.accuracy]
    order = list(dict.fromkeys(key for key, _ in each))
    grouped = groupby(sorted(each, key=lambda one: order.index(one[0])), key=lambda one: one[0])
    found = [(key[0], [method for _, method in group]) for key, group in grouped]
    return [(task, sorted(some, key=lambda one: -one.accuracy[task].mean())) for task, some in found]


def _matrix(task: str, methods: Sequence[Method], found: Sequence[Difference], most: int) -> list[tuple[str, ...]]:
    """Its lines, numbered as their columns are."""
    cells = {}
    for one in found:
        mark = APART if one.told_apart else ""
        first, second = one.one.spec.id, one.other.spec.id
        cells[first, second], cells[second, first] = one.interval.signed + mark, one.reversed.signed + mark
    return [
        (task, f"{number} {row.label}", with_classes(row, task),
         *(cells.get((row.spec.id, column.spec.id), NONE) for column in methods), *[NONE] * (most - len(methods)))
        for number, row in enumerate(methods, start=1)
    ]  # fmt: skip


def _both_halves(one: Difference) -> str:
    return f"{one.over_episodes.signed} ({100 * one.interval.half:.1f})"


def _tidy(found: Sequence[Difference]) -> Block:
    lines = [
        (one.task, one.one.label, one.other.label, f"{one.interval.mean:.4f}", f"{one.over_episodes.half:.4f}",
         f"{one.interval.half:.4f}", one.word, str(one.interval.n), f"{one.p:.4g}", f"{one.adjusted:.4g}")
        for one in found
    ]  # fmt: skip
    return Block(TIDY, tuple(lines))
