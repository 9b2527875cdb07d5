"""Critical differences: methods by accuracy, and bars that join those which no pair among them tells apart.

As in the diagrams of Demšar (JMLR 2006), but on the scale of accuracy itself, by paired differences of the same tasks
instead of ranks.
"""

from collections.abc import Sequence

from fewshot.reporting.figures.compare import compared
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page import style
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.page import Page

NEEDS = compared.NEEDS
LINE, GAP = 0.17, 0.09  # inches: from one method to the next, and from one bar to the next


def data(given: Given) -> list[dict]:
    """The rows of `compared`."""
    return compared.compared(given.records)


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Panels below one another, one a kind of task; a line a method, the best first, and the bars on the right."""
    panels = compared.panels(rows)
    names = {task: [words.wrap(compared.label(row, rows), 2.2) for row in some] for task, some in panels.items()}
    left = 0.2 + max(words.widest(texts) for texts in names.values())
    bars = {task: joined([row["told_apart"] for row in some]) for task, some in panels.items()}
    right = 0.2 + GAP * max(map(len, bars.values()))
    text = words.wrap(f"intervals of 95 %; bars join methods that are not told apart: {compared.basis(rows)}",
                      page.wide - 0.16, words.SMALL)  # fmt: skip
    talls = {task: [max(LINE, words.tall(one) + 0.03) for one in texts] for task, texts in names.items()}
    figure = style.sheet(page, sum(map(sum, talls.values())) + 0.6 * len(panels) + words.tall(text, words.SMALL) + 0.12)
    top = 0.08
    for task, some in panels.items():
        high = sum(talls[task]) + 0.06
        axes = style.panel(figure, left, top, page.wide - left - right, high)
        far = [row for row in some if not row["network"]]
        limits = style.row_axes(axes, [row for row in some if row["network"]], far, high, 6)
        axes.set_xlabel(f"{task} accuracy, %")
        middles, y = [], 0.03
        for row, name, tall in zip(some, names[task], talls[task], strict=True):
            middles.append(y + tall / 2)
            y += tall
            look = {"color": style.OURS, "marker": "o"} if row["network"] else {"color": style.GREY, "marker": "s"}
            said = {"said": f"{100 * row['mean']:.1f}"}
            style.interval(axes, middles[-1], row | said, limits, **look)
            style.write(figure, left - 0.1, top + middles[-1], name, va="center", ha="right")
        for number, (first, last) in enumerate(bars[task]):
            across = page.wide - right + 0.12 + GAP * number
            ends = [
                1 - (top + middles[at] + side) / figure.get_figheight() for at, side in ((first, -0.05), (last, 0.05))
            ]
            figure.add_artist(_line([across / page.wide] * 2, ends))
        top += high + 0.5
    style.remark(figure, text)
    return figure


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


def _line(across: Sequence[float], down: Sequence[float]) -> "matplotlib.lines.Line2D":
    from matplotlib.lines import Line2D

    return Line2D(across, down, color="black", linewidth=2.0, solid_capstyle="butt")
