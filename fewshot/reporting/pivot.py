"""The place of each figure in a table, and the best of those that can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from fewshot.core.spec import RunSpec
from fewshot.reporting.columns import NONE, RATE, TASK, phrase, shown
from fewshot.reporting.comparisons import episodes_of, not_worse_than_best
from fewshot.reporting.layout import Layout
from fewshot.reporting.summary import Row, method_id

Label = tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A row's figure on a task, or why there is none."""

    task: str
    row: Row | None
    why: str = ""


@dataclass(frozen=True)
class Grid:
    """Cells by line and column, both in order, and the places of the best and of what cannot be told from it.

    A line's label has what the layout's rows say and, unless columns are of more than tasks, the method's id.
    """

    lines: tuple[Label, ...]
    columns: tuple[Label, ...]
    cells: dict[tuple[Label, Label], Cell]
    best: frozenset[tuple[Label, Label]]


def place(rows: Sequence[Row], lost: Sequence[tuple[RunSpec, str]], layout: Layout) -> Grid:
    """The rows' figures, and the reasons of the methods without, where the layout has them."""
    tasks = list(dict.fromkeys(task for row in rows for task in row.accuracy)) or ["accuracy"]
    counts = {task: sorted({len(row.accuracy[task]) for row in rows if task in row.accuracy}) for task in tasks}
    said = {task: f"{task} (n = {', '.join(map(str, n))})" if n else task for task, n in counts.items()}
    methods = [(row.spec, row, "", list(row.accuracy)) for row in rows]
    methods += [(spec, None, why, tasks) for spec, why in lost]
    cells = {}
    for spec, row, why, its in methods:
        own = () if layout.pivot else (method_id(spec),)
        for task in its:
            unsure = {RATE} if row is None and not layout.pivot else set()  # it may be searched
            line = tuple(
                said[task] if key == TASK else NONE if key in unsure else shown(spec, key) for key in layout.rows
            )
            column = tuple(said[task] if key == TASK else phrase(spec, key) for key in layout.columns)
            cells[(*line, *own), column] = Cell(task, row, why)
    lines, columns = [line for line, _ in cells], [column for _, column in cells]
    by_parts = layout.pivot or TASK in layout.rows
    return Grid(
        _in_order(lines) if by_parts else tuple(dict.fromkeys(lines)),
        _in_order(columns) or ((),),
        cells,
        _best(cells, layout),
    )


def _best(cells: dict[tuple[Label, Label], Cell], layout: Layout) -> frozenset[tuple[Label, Label]]:
    """Among two or more in one column (with tasks alone in the lines: in one line) that share their episodes."""
    groups: dict[tuple, list[tuple[Label, Label]]] = {}
    for (line, column), cell in cells.items():
        if cell.row:
            among = () if layout.rows == (TASK,) else column
            groups.setdefault((among, episodes_of(cell.row, cell.task)), []).append((line, column))
    best = set()
    for places in groups.values():
        figures = [cells[at].row.accuracy[cells[at].task] for at in places]
        best |= {at for at, like in zip(places, not_worse_than_best(figures), strict=True) if like and len(places) > 1}
    return frozenset(best)


def _in_order(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Each label once, by its first part, then its second …, each part in the order in which it first appears."""
    parts = [list(dict.fromkeys(part)) for part in zip(*labels, strict=True)]
    ranks = {label: [part.index(word) for part, word in zip(parts, label, strict=True)] for label in labels}
    return tuple(sorted(ranks, key=ranks.__getitem__))
