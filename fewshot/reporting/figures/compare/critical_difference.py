"""Critical differences: methods by accuracy, and bars that join those which no pair among them tells apart.

As in the diagrams of Demšar (JMLR 2006), but on the scale of accuracy itself, by paired differences of the same tasks
instead of ranks.
"""

from collections.abc import Sequence

from fewshot.reporting.figures.compare import compared
from fewshot.reporting.figures.methods import axis_of, called
from fewshot.reporting.figures.page import rows as lines
from fewshot.reporting.figures.page.look import GREY, OURS
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, across, panel, put_remark, remark, sheet
from fewshot.reporting.figures.page.text_size import SMALL, tall, wrap

NEEDS, data = compared.NEEDS, compared.data
BAR, BARS = 0.075, 0.3  # inches from one bar to the next, and the share of a panel that all take at most
LEAST, GAP = 2.5, 0.15  # inches: a panel with its names and bars, and between two


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A panel for each kind of task that has room on the page; a line a method, the best first, bars on the right."""
    panels = compared.panels(rows)
    beside, room = across(page, len(panels), LEAST, GAP)
    laid = {task: lines.lay({"": [called(row, rows) for row in some]}, 0.42 * room) for task, some in panels.items()}
    titles = {task: wrap(task, room - one.wide - 0.1, SMALL) for task, one in laid.items()}
    head = max(tall(title, SMALL) for title in titles.values()) + 0.12
    block = max(one.high for one in laid.values()) + head + 0.42
    shown = list(panels)[: beside * max(int((page.high - 0.5) / block), 1)]
    lacking = f"left out for room: {', '.join(one for one in panels if one not in shown)}"
    shown_rows = [row for row in rows if row["title"] in shown]
    words, below = remark(
        page,
        f"95 % intervals; bars join methods that are not told apart: {compared.basis(shown_rows)}",
        lacking if len(shown) < len(panels) else "",
    )
    figure = sheet(page, block * -(-len(shown) // beside) + below)
    for number, task in enumerate(shown):
        left, top = EDGE + (room + GAP) * (number % beside), block * (number // beside) + head
        _panel(figure, panels[task], laid[task], titles[task], (left, top, room))
    put_remark(figure, words)
    return figure


def _panel(
    figure: "matplotlib.figure.Figure",
    rows: Sequence[dict],
    laid: lines.Rows,
    title: str,
    place: tuple[float, float, float],
) -> None:
    left, top, room = place
    bars = joined([row["told_apart"] for row in rows])
    apart = min(BAR, BARS * room / max(len(bars), 1))
    right = 0.08 + apart * len(bars)
    wide = room - laid.wide - 0.1 - right
    axes = panel(figure, left + room - right - wide, top, wide, laid.high)
    trained, free = ([lines.span(row) for row in rows if bool(row["network"]) == one] for one in (True, False))
    lines.row_axes(axes, lines.limits(trained, free), laid, wide)
    axes.set_title(title, loc="left", size=SMALL, pad=3)
    axes.set_xlabel(axis_of(rows[0]["task"]), labelpad=2)
    lines.put_names(figure, laid, left + room - right - wide, top)
    for row, y in zip(rows, laid.places, strict=True):
        look = {"color": OURS, "marker": "o"} if row["network"] else {"color": GREY, "marker": "s"}
        lines.interval(axes, y, row, row["said"], ms=3.2, **look)
    width, height = figure.get_size_inches()
    for number, (first, last) in enumerate(bars):
        x = (left + room - right + 0.09 + apart * number) / width
        ends = [1 - (top + laid.places[at] + side) / height for at, side in ((first, -0.05), (last, 0.05))]
        figure.add_artist(_line([x, x], ends, min(2.0, 45 * apart)))


def joined(told_apart: Sequence[Sequence[bool]]) -> list[tuple[int, int]]:
    """The longest runs of two methods or more, in their order, of which no pair is told apart: first and last place."""
    runs, reach = [], -1
    for first in range(len(told_apart)):
        last = first
        while last + 1 < len(told_apart) and not any(told_apart[last + 1][first : last + 1]):
            last += 1
        if last > max(first, reach):
            runs.append((first, last))
            reach = last
    return runs


def _line(across: Sequence[float], down: Sequence[float], points: float) -> "matplotlib.lines.Line2D":
    from matplotlib.lines import Line2D

    return Line2D(across, down, color="black", linewidth=points, solid_capstyle="butt")
