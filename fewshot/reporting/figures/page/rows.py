"""Rows of methods: their names on the left, in groups, and marks with intervals on a shared axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.reporting.figures.page.look import GREY
from fewshot.reporting.figures.page.sheet import EDGE, ticks, write
from fewshot.reporting.figures.page.text_size import SMALL, TEXT, tall, widest, wrap

MANY = 16  # rows that are set in small letters
BOLD = 1.13  # times the width of other letters
FEWEST, LEAST = 5.0, 1.0  # points: rows as near to the best are never far, and an axis shows at least so many
FAR = 5  # times the distance of the best from the median: a row further below is a number at the edge

Span = tuple[float, float, float]  # a mean and the ends of its interval


@dataclass(frozen=True)
class Rows:
    """Names of rows in groups, wrapped, with their places in inches below the top, and the room that they take.

    `edges` are the upper ones of all rows, and the lower one of the last.
    """

    heads: tuple[tuple[str, float], ...]
    names: tuple[tuple[str, float], ...]
    edges: tuple[float, ...]
    wide: float
    high: float
    size: float

    @property
    def places(self) -> list[float]:
        """The middle of each row, in order."""
        return [y for _, y in self.names]


def lay(groups: Mapping[str, Sequence[str]], inches: float, beside: Sequence[float] = ()) -> Rows:
    """Rows for the names of each group, no wider than `inches`; "" is a group without a heading.

    `beside` are heights that rows have at least.
    """
    number = sum(map(len, groups.values()))
    size = SMALL if number > MANY else TEXT
    heads, names, edges, y = [], [], [], 0.03
    for group, some in groups.items():
        if group:
            head = wrap(group, inches, size * BOLD)
            heads.append((head, y + tall(head, size) / 2 + (0.05 if names else 0.0)))
            y += tall(head, size) + (0.07 if names else 0.02)
        for name in some:
            text = wrap(name, inches, size)
            high = max(tall(text, size), *beside[len(names) : len(names) + 1], 0.0) + (0.02 if number > MANY else 0.05)
            names.append((text, y + high / 2))
            edges.append(y)
            y += high
    wide = max(widest((text for text, _ in names), size), widest([*(text for text, _ in heads), ""], size * BOLD))
    return Rows(tuple(heads), tuple(names), (*edges, y), wide, y + 0.03, size)


def put_names(figure: "matplotlib.figure.Figure", rows: Rows, right: float, top: float) -> None:
    """Write the names of rows left of a place, and their groups' above them at the edge."""
    for text, y in rows.heads:
        write(figure, EDGE, top + y, text, va="center", weight="bold", size=rows.size)
    for text, y in rows.names:
        write(figure, right - 0.07, top + y, text, va="center", ha="right", size=rows.size)


def limits(trained: Sequence[Span], free: Sequence[Span] = ()) -> tuple[float, float]:
    """The ends of an axis, in per cent, for the spans of rows.

    They hold the trained rows but those far below the others, and of those without training all that does not
    squeeze these.
    """
    shown = list(trained or free)
    means = np.array([mean for mean, *_ in shown])
    least = means.max() - FAR * max(means.max() - np.median(means), FEWEST / 2)
    spans = [(max(low, 0.0), min(high, 100.0)) for mean, low, high in shown if mean >= least]
    left, right = min(a for a, _ in spans), max(b for _, b in spans)
    room = max(right - left, FEWEST)
    near = [(low, high) for mean, low, high in free if low > left - room / 4 or mean > right]
    others = [(max(low, 0.0), min(high, 100.0)) for low, high in near]
    left, right = min([left, *(a for a, _ in others)]), max([right, *(b for _, b in others)])
    pad = 0.06 * max(right - left, 2.0)
    left, right = max(left - pad, 0.0), min(right + pad, 100.0)
    left = max(min(left, right - LEAST), 0.0)
    return left, max(right, left + LEAST)


def row_axes(axes: "matplotlib.axes.Axes", ends: tuple[float, float], rows: Rows, wide: float) -> None:
    """Lay out axes that are `wide` inches for rows, from one end to the other."""
    axes.set(xlim=ends, ylim=(rows.high, 0))
    axes.yaxis.set_ticks([])
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(ticks(min(int(wide / 0.32), 6)))
    axes.xaxis.set_major_formatter("{x:g}")


def at_edge(axes: "matplotlib.axes.Axes", y: float, said: str, colour: str = GREY) -> None:
    """A number for a row whose mark is left of the axis."""
    axes.annotate("◂ " + said, (axes.get_xlim()[0], y), xytext=(2, 0), textcoords="offset points", va="center",
                  size=SMALL, color=colour)  # fmt: skip


def interval(axes: "matplotlib.axes.Axes", y: float, row: dict, said: str, **look: object) -> bool:
    """A row's mean with its interval at a height; or, left of the axis, its number, and False."""
    mean, low, high = span(row)
    if mean < axes.get_xlim()[0]:
        at_edge(axes, y, said, look["color"])
        return False
    bars = {"capsize": 1.8, "elinewidth": 0.9, "capthick": 0.9, "linestyle": "none", "color": look["color"]}
    axes.errorbar(mean, y, xerr=[[mean - low], [high - mean]] if high > low else None, **bars)
    axes.plot(mean, y, clip_on=False, zorder=3, **look)  # whole, also at 100 %
    return True


def span(row: dict, half: str = "half", ends: str = "ends") -> Span:
    """A row's mean and the ends of its interval, in per cent; the mean thrice where it has none."""
    low, high = row.get(ends) or (row["mean"] - (row[half] or 0.0), row["mean"] + (row[half] or 0.0))
    return 100 * row["mean"], 100 * low, 100 * high
