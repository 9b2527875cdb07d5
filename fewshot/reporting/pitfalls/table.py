"""The table of the suite `pitfalls`: what each known mistake does to the figure of one network."""

from collections.abc import Sequence

from fewshot.core.errors import RequestError
from fewshot.registry.pitfalls import SUITE
from fewshot.reporting.blocks import Block, Table, clean, one_line
from fewshot.reporting.pitfalls.rows import Row, rows_of
from fewshot.suites.status import Status

HEADER = ("mistake", "right", "with it", "difference", "paired over", "made by")
TIDY = ("mistake", "words", "right", "with_mistake", "difference", "half_width", "over", "half_width_with_mistake")
READ = (
    "right and with it: accuracy in %; difference: in points, with its 95 % interval over alphabets and trainings as "
    "random effects, both figures being of the same alphabets and, unless trainings stand apart, of the same trainings"
)
NARROW = "an interval over episodes changes no accuracy: its row has the half-widths of both intervals"


def pitfalls_table(status: Status, layout: Sequence[object] = ()) -> Table:
    """The table of the suite's records so far, by size of the difference. It has no other layout."""
    if any(layout):
        raise RequestError(
            f"suite {SUITE}: its table has rows and columns of its own: expected no others, nor an order"
        )
    suite, rows = status.suite, rows_of(status.records)
    notes = [suite.note] * bool(suite.note) + [READ] + [NARROW] * any(row.narrow is not None for row in rows)
    if lacking := len(status.missing):
        why = sorted({why for _, why in status.missing})
        notes.append(f"{lacking} of {len(suite.specs)} runs have no record: {'; '.join(why)}")
    notes.append("such records are no results: they count in no other table, figure or count of evaluations")
    ours = Block(HEADER, tuple(map(_line, rows)))
    tidy = Block(TIDY, tuple(map(_tidy, rows)))
    return Table(one_line(suite.title), clean(ours), clean(tidy), tuple(map(one_line, notes)), name=suite.name)


def _line(row: Row) -> tuple[str, ...]:
    if row.narrow is not None:
        wide, narrow = row.difference.half, row.narrow
        times = f"{wide / narrow:.1f} times too narrow" if 0 < narrow < wide else "no narrower"
        return row.words, f"± {100 * wide:.1f}", f"± {100 * narrow:.1f}", times, row.over, row.known
    figures = (f"{100 * value:.1f}" for value in (row.right, row.mistaken))
    return row.words, *figures, row.difference.signed, row.over, row.known


def _tidy(row: Row) -> tuple[str, ...]:
    figures = (row.right, row.mistaken, row.difference.mean, row.difference.half)
    narrow = "" if row.narrow is None else f"{row.narrow:.4f}"
    return row.name, row.words, *(f"{value:.4f}" for value in figures), row.over, narrow
