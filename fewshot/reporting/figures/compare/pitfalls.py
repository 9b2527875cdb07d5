"""Mistakes: by how much each moves the figure of one network, with intervals; the line is the right figure."""

from collections.abc import Sequence

from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits
from fewshot.reporting.figures.page import rows as lines
from fewshot.reporting.figures.page.look import GREY, OURS
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, panel, put_remark, remark, sheet, write
from fewshot.reporting.figures.page.text_size import SMALL, widest
from fewshot.reporting.pitfalls.rows import rows_of

NEEDS = "needs records of the suite pitfalls"
CONSTANT = "constant_ties"  # a mistake whose right figure is another


def data(given: Given) -> list[dict]:
    """A row for each mistake, the largest difference first: both figures, the difference and its half-width."""
    return [
        {"mistake": row.name, "words": row.words, "right": digits(row.right), "right_said": f"{100 * row.right:.1f} %",
         "mistaken": digits(row.mistaken), "mean": digits(row.difference.mean), "half": digits(row.difference.half),
         "said": row.difference.signed, "over": row.over,
         "narrow": None if row.narrow is None else digits(row.narrow), "records": list(row.records)}
        for row in rows_of([one for one in given.records if one.spec.pitfalls])
    ]  # fmt: skip


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Rows with the names on the left, differences as marks, and their numbers on the right."""
    said = [_said(row) for row in rows]
    laid = lines.lay({"": [row["words"] for row in rows]}, 0.42 * page.wide)
    left, right = laid.wide + EDGE + 0.1, widest(said, SMALL) + 0.12
    wide = page.wide - left - right - EDGE
    words, below = remark(page, _words(rows))
    figure = sheet(page, 0.08 + laid.high + 0.42 + below)
    axes = panel(figure, left, 0.08, wide, laid.high)
    lines.row_axes(axes, _ends(rows), laid, wide)
    axes.axvline(0, color=GREY, lw=0.8, zorder=0)
    edge = axes.get_xlim()[1]
    for row, y, text in zip(rows, laid.places, said, strict=True):
        look = {"color": OURS, "marker": "o", "ms": 3.6}
        if row["narrow"] is not None:
            axes.plot([-100 * row["narrow"], 100 * row["narrow"]], [y, y], color=OURS, lw=2.4, solid_capstyle="butt")
            look = {"color": OURS, "marker": "None"}
        write(figure, page.wide - EDGE - right + 0.12, 0.08 + y, text, va="center", size=SMALL)
        if 100 * row["mean"] > edge:
            axes.plot(edge, y, ">", color=OURS, ms=3.6, mew=0, clip_on=False)
            continue
        bars = {"elinewidth": 0.9, "capsize": 1.8, "capthick": 0.9, "linestyle": "none"}
        axes.errorbar(100 * row["mean"], y, xerr=100 * row["half"], clip_on=False, **bars, **look)
    axes.set_xlabel("difference, points" if wide > 1.0 else "points", labelpad=2)
    lines.put_names(figure, laid, left, 0.08)
    put_remark(figure, words)
    return figure


def _said(row: dict) -> str:
    return row["said"] if row["narrow"] is None else f"± {100 * row['half']:.1f} → ± {100 * row['narrow']:.1f}"


def _ends(rows: Sequence[dict]) -> tuple[float, float]:
    """Ends of the axis that hold all differences and, up to three times the largest of these, their intervals.

    That of a constant network, which is far larger, is no part of it.
    """
    rows = [row for row in rows if row["mistake"] != CONSTANT] or rows
    most = max(abs(row["mean"]) for row in rows)
    halves = [min(row["half"], 3 * most or row["half"]) for row in rows]
    low = min(row["mean"] - half for row, half in zip(rows, halves, strict=True))
    high = max(row["mean"] + half for row, half in zip(rows, halves, strict=True))
    pad = 0.04 * (high - low) or 0.01
    return 100 * (low - pad), 100 * (high + pad)


def _words(rows: Sequence[dict]) -> str:
    """The line and the marks in words."""
    said = {row["mistake"] == CONSTANT: row["right_said"] for row in rows}
    text = f"line: the right figure, {said.get(False, said.get(True))}"
    text += f" (of the constant network {said[True]}, at the edge: beyond the axis)" if len(said) > 1 else ""
    text += "; 95 % intervals over alphabets and trainings, both figures paired"
    return text + "; thick: the interval over episodes" * any(row["narrow"] is not None for row in rows)
