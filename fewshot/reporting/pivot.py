"""The place of each figure in a table, and the best of those that can be compared."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from fewshot.core.errors import unknown
from fewshot.core.spec.evaluation import evaluation_of
from fewshot.reporting.columns import NONE, RATE, TASK, phrase
from fewshot.reporting.comparisons.differences import Stars, episodes_of, not_worse_than_best
from fewshot.reporting.layout import Layout
from fewshot.reporting.summary import Method

Label = tuple[str, ...]
SORTS = ("accuracy", "suite")
FEW = 8  # lines that need no sorting


@dataclass(frozen=True)
class TableCell:
    """A method's figure on a task; where it has no records, it has a reason why."""

    task: str
    method: Method


@dataclass(frozen=True)
class Grid:
    """Cells by line and column, both in order, and the places of the best and of those not worse than it beyond chance.

    A line's label has the texts under the layout's rows and, unless columns are of more than tasks, the method's id.
    """

    lines: tuple[Label, ...]
    columns: tuple[Label, ...]
    cells: dict[tuple[Label, Label], TableCell]
    best: frozenset[tuple[Label, Label]]

    @property
    def methods(self) -> list[Method]:
        """The methods in the order of the lines in which they first stand."""
        there = (self.cells.get((line, column)) for line in self.lines for column in self.columns)
        return list({cell.method.spec.id: cell.method for cell in there if cell}.values())


def pivot(methods: Sequence[Method], layout: Layout, sort: str = "", stars: Stars | None = None) -> Grid:
    """The grid of the methods' figures, or of the reasons why there are none, in this layout.

    Lines are sorted as one of `SORTS` says: by accuracy, or as the methods are; "" sorts more than `FEW` by accuracy.
    `stars` are those known already, as in `not_worse_than_best`.
    """
    if sort and sort not in SORTS:
        raise unknown("order of a table", sort, SORTS)
    tasks = list(dict.fromkeys(task for method in methods for task in method.accuracy)) or ["accuracy"]
    heads = {task: _head(task, methods) for task in tasks}
    cells = {}
    for method in methods:
        texts = (method.unsearched if layout.is_pivot else method).texts
        own = () if layout.is_pivot else (method.spec.id,)
        shown = {} if layout.is_pivot else {RATE: _rate(method), "method": texts["method"] + method.mark}
        for task in method.accuracy if method.records else tasks:
            line = tuple(heads[task] if key == TASK else shown.get(key, texts[key]) for key in layout.rows)
            column = tuple(heads[task] if key == TASK else phrase(key, texts[key]) for key in layout.columns)
            cells[(*line, *own), column] = TableCell(task, method)
    columns = _in_order([column for _, column in cells]) or ((),)
    lines = [line for line, _ in cells]
    lines = _in_order(lines) if layout.is_pivot or TASK in layout.rows else tuple(dict.fromkeys(lines))
    if sort == "accuracy" or (not sort and len(lines) > FEW):
        lines = _by_accuracy(lines, columns, cells, layout)
    return Grid(lines, columns, cells, _best(cells, layout, stars))


def _rate(method: Method) -> str:
    """A method's learning rate, chosen or yet to be chosen by a search, marked at the end of its range."""
    if not method.records:
        return NONE
    return method.choice.text(RATE) if method.choice and RATE in method.choice.values else method.texts[RATE]


def _by_accuracy(
    lines: Sequence[Label], columns: Sequence[Label], cells: dict[tuple[Label, Label], TableCell], layout: Layout
) -> tuple[Label, ...]:
    """The best lines first, by the first column in which they differ; those of one evaluation and task together."""
    keys = {}
    for line in lines:
        found = [cells.get((line, column)) for column in columns]
        spec = next(cell for cell in found if cell).method.spec
        task = [text for key, text in zip(layout.rows, line, strict=False) if key == TASK]
        figures = [-cell.method.accuracy[cell.task].mean() if cell and cell.method.records else 1.0 for cell in found]
        keys[line] = (evaluation_of(spec), *task), figures
    groups = _ranks(group for group, _ in keys.values())
    return tuple(sorted(lines, key=lambda line: (groups[keys[line][0]], keys[line][1])))


def _head(task: str, methods: Sequence[Method]) -> str:
    """A kind of task with its number of episodes: "20-way 1-shot (n = 400)"."""
    counts = sorted({len(method.accuracy[task]) for method in methods if task in method.accuracy})
    return f"{task} (n = {', '.join(map(str, counts))})" if counts else task


def _best(
    cells: dict[tuple[Label, Label], TableCell], layout: Layout, known: Stars | None
) -> frozenset[tuple[Label, Label]]:
    """Among two or more in one column (with tasks alone in the lines: in one line) that share their episodes."""
    groups: dict[tuple, list[tuple[Label, Label]]] = {}
    for (line, column), cell in cells.items():
        if cell.method.records:
            among = () if layout.rows == (TASK,) else column
            groups.setdefault((among, episodes_of(cell.method, cell.task)), []).append((line, column))
    best = set()
    for places in groups.values():
        stars = not_worse_than_best([cells[at].method for at in places], cells[places[0]].task, known)
        best |= {at for at, like in zip(places, stars, strict=True) if like}
    return frozenset(best)


def _in_order(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Each label once, by its first part, then its second …, each part in the order in which it first appears."""
    parts = [_ranks(part) for part in zip(*labels, strict=True)]
    ranks = {label: [part[word] for part, word in zip(parts, label, strict=True)] for label in labels}
    return tuple(sorted(ranks, key=ranks.__getitem__))


def _ranks(values: Iterable[Hashable]) -> dict[Hashable, int]:
    """The place of each different value among these, in the order in which they first appear."""
    return {value: place for place, value in enumerate(dict.fromkeys(values))}
