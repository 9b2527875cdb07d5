"""Curves of many methods: the best few and those without training have a look and a name, the others are grey."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.intervals import Numbers
from fewshot.reporting.figures.methods import BEST, called
from fewshot.reporting.figures.page.look import PALE, looks
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, counts, panel, sheet
from fewshot.reporting.figures.page.text_size import SMALL, tall, wrap

FEW = 7  # trained methods that all have a name, a colour each
FREE = 3  # methods without training that have one
BESIDE = 4.6  # inches: on wider pages a legend stands beside its panel, else below
LEFT, BELOW, TOP = 0.55, 0.42, 0.1  # inches around a panel, for its ticks and words
MARKS = "marks: thresholds chosen on val"  # in a legend
OTHERS = {"color": PALE, "lw": 0.6, "zorder": 1.5}


@dataclass(frozen=True)
class Curve:
    """A method's row with its look and, if it is one of those named, its name."""

    row: dict
    look: dict
    name: str = ""


def crowd(rows: Sequence[dict], badness: Callable[[dict], float]) -> list[Curve]:
    """A curve for each row: the least bad first, then those without training, then the others without names."""
    trained = sorted((row for row in rows if row["network"]), key=badness)
    free = sorted((row for row in rows if not row["network"]), key=badness)
    named = trained if len(trained) <= FEW else trained[:BEST]
    found = [Curve(row, looks(place), called(row, rows)) for place, row in enumerate(named)]
    found += [Curve(row, looks(place, False), called(row, rows)) for place, row in enumerate(free[:FREE])]
    return found + [Curve(row, OTHERS) for row in (*trained[len(named) :], *free[FREE:])]


def others(curves: Sequence[Curve]) -> str:
    """The curves without names in words, for a legend; "" without any."""
    number = sum(not curve.name for curve in curves)
    return f"{number} other{'s' if number > 1 else ''}" if number else ""


def said(curves: Sequence[Curve], page: Page) -> list[str]:
    """The text of each curve in a legend: the figure that is `said`, and its name; "" of one without a name."""
    room = legend_room(page)
    return [wrap(f"{one.row['said']}\u00a0\u00a0{one.name}", room, SMALL) if one.name else "" for one in curves]


def legend_room(page: Page) -> float:
    """Inches that the words of a legend may take in a line."""
    return page.wide - LEFT - _plot(page) - 0.62 if page.wide >= BESIDE else page.wide - 0.62


def panel_with_legend(page: Page, texts: Sequence[str]) -> tuple["matplotlib.figure.Figure", "matplotlib.axes.Axes"]:
    """A sheet with one panel, and room beside or below it for a legend of these wrapped texts under a title."""
    box = legend_high(["title", *texts])
    beside, wide = page.wide >= BESIDE, _plot(page)
    high = max(0.84 * wide, box) if beside else 0.84 * wide
    figure = sheet(page, TOP + high + BELOW + (0.0 if beside else box))
    return figure, panel(figure, LEFT, TOP, wide, high)


def legend_high(texts: Sequence[str]) -> float:
    """Inches that a legend of wrapped texts takes from top to bottom."""
    return sum(0.93 * tall(text, SMALL) + 0.041 for text in texts) + 0.05


def put_legend(axes: "matplotlib.axes.Axes", page: Page, title: str) -> None:
    """The legend of the lines in a panel of `panel_with_legend`."""
    width, height = axes.figure.get_size_inches()
    box = axes.get_position()
    place = (
        ((LEFT + _plot(page) + 0.1) / width, box.y1) if page.wide >= BESIDE else (EDGE / width, box.y0 - BELOW / height)
    )
    axes.legend(loc="upper left", bbox_to_anchor=place, bbox_transform=axes.figure.transFigure, borderaxespad=0,
                borderpad=0, labelspacing=0.42, title=title, title_fontsize=SMALL, alignment="left")  # fmt: skip


def marked(axes: "matplotlib.axes.Axes", x: Numbers, y: Numbers, points: np.ndarray, label: str, look: dict) -> None:
    """A curve with marks at its `points`, `[point 2]`; without any, with marks here and there to tell curves apart."""
    if not label:
        axes.plot(x, y, **look)
    elif not len(points):
        axes.plot(x, y, label=label, **({"markevery": (8, 24), "ms": 3.2} | look))
    else:
        axes.plot([], [], label=label, ms=4.5, **look)
        axes.plot(x, y, **{**look, "marker": ""})
        axes.plot(*points.T, **{**look, "linestyle": "", "markeredgecolor": "white", "markeredgewidth": 0.4}, ms=4.8)


def explain(axes: "matplotlib.axes.Axes", curves: Sequence[Curve], points: Sequence[np.ndarray], page: Page) -> None:
    """Put lines on the curves without names and on the marks into the legend, if there are any."""
    if text := others(curves):
        axes.plot([], [], label=text, **OTHERS)
    if any(map(len, points)):
        axes.plot([], [], linestyle="", label=marks(page))


def marks(page: Page) -> str:
    """The legend's words on marks."""
    return wrap(MARKS, legend_room(page), SMALL)


def means_of(rows: Sequence[dict]) -> str:
    """What a curve is the mean of, in words: ", mean of 3 or 5 seeds", or of folds; rows without training aside."""
    folded = any("folds" in row for row in rows)
    numbers = {row.get("folds", 1) if folded else row["seeds"] for row in rows if row["network"]} or {1}
    word = "folds" if folded else "seeds"
    return f", mean of {counts(numbers)} {word}" if max(numbers) > 1 else ""


def _plot(page: Page) -> float:
    """The width of a panel."""
    return min(0.5 * page.wide, 3.2) if page.wide >= BESIDE else page.wide - LEFT - 0.15
