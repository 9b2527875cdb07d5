"""Accuracy against the number of classes in a task, and against the number of examples of each class."""

import re
from collections.abc import Sequence

from fewshot.core.statistics.intervals import t_interval
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import ids, methods, numbers, plain, tasks
from fewshot.reporting.figures.page import style
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.page import Page

NEEDS = "needs records at two ways or two shots"
NAME = re.compile(r"(\d+)-way (\d+)-shot")
AXES = {"way": "classes in a task (way)", "shot": "examples of a class (shot)"}


def data(given: Given) -> list[dict]:
    """A row for each point: its axis, the value held fixed, the place on the axis, mean and half-width."""
    found = methods(given.records)
    known = {task: tuple(map(int, match.groups())) for task in tasks(found) if (match := NAME.fullmatch(task))}
    rows = []
    for place, axis in enumerate(AXES):
        for fixed in sorted({sizes[1 - place] for sizes in known.values()}):
            here = sorted((sizes[place], task) for task, sizes in known.items() if sizes[1 - place] == fixed)
            held = f"{fixed}-shot" if axis == "way" else f"{fixed}-way"
            rows += [
                {"axis": axis, "held": held, **plain(method), "at": at, **numbers(t_interval(method.accuracy[task])),
                 "records": ids(method)}
                for method in found for at, task in here if len(here) > 1 and task in method.accuracy
            ]  # fmt: skip
    return rows


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Two panels in a row, one for each axis and value held fixed, with one legend below."""
    from matplotlib.lines import Line2D

    kinds = list(dict.fromkeys((row["axis"], row["held"]) for row in rows))
    groups = style.spread(rows)
    panels = [(title, kind, found) for title, found in groups for kind in kinds]
    entries = {text: look for _, found in groups for text, look, _ in found}
    high, titled = 2.0, 0.22
    legend = style.legend_box(list(entries), 2.2, columns=2)
    down = -(-len(panels) // 2)
    figure = style.sheet(page, (high + titled + 0.5) * down + legend + 0.2)
    for number, (title, kind, found) in enumerate(panels):
        top, left = (high + titled + 0.5) * (number // 2) + titled, 0.55 + 2.55 * (number % 2)
        axes = style.panel(figure, left, top, 2.25 if len(panels) > 1 else 4.8, high)
        _panel(axes, kind, found)
        axes.set_title(", ".join(filter(None, (kind[1], title))), loc="left", size=words.TEXT)
        axes.set_ylabel("accuracy, %" if number % 2 == 0 else "")
    handles = [Line2D([], [], ms=3.2, lw=1.0, **look) for look in entries.values()]
    below = 1 - (high + titled + 0.5) * down / figure.get_figheight()
    figure.legend(handles, [words.wrap(text, 2.2, words.SMALL) for text in entries], ncols=2, labelspacing=0.6,
                  borderaxespad=0, loc="upper left", bbox_to_anchor=(0.02, below))  # fmt: skip
    style.remark(figure, f"mean and 95 % interval over {style.counts(row['n'] for row in rows)} episodes")
    return figure


def _panel(axes: "matplotlib.axes.Axes", kind: tuple[str, str], found: Sequence[tuple[str, dict, list[dict]]]) -> None:
    places = sorted({row["at"] for *_, rows in found for row in rows if (row["axis"], row["held"]) == kind})
    step = 0.4 / max(len(found), 1)  # beside each other, or the intervals would hide each other
    for number, (_, look, rows) in enumerate(found):
        here = [row for row in rows if (row["axis"], row["held"]) == kind]
        x = [places.index(row["at"]) + step * (number - (len(found) - 1) / 2) for row in here]
        means, halves = zip(*(style.ends(row) for row in here), strict=True) if here else ((), ())
        axes.errorbar(x, means, yerr=halves, capsize=1.5, elinewidth=0.8, ms=3.2, lw=1.0, **look)
    axes.set(xlim=(-0.4, len(places) - 0.6), xlabel=AXES[kind[0]])
    axes.set_xticks(range(len(places)), [str(place) for place in places])
    axes.yaxis.set_major_locator(style.ticks(5))
    axes.grid(axis="y")
