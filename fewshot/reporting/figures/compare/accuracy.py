"""Accuracy of each method on each kind of task, with 95 % intervals, the best first.

A forest plot: where records have them, both intervals, single trainings as small marks, and groups of methods.
"""

from collections.abc import Sequence
from statistics import median

from fewshot.core.spec.names import VERIFICATION
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import (
    axis_of,
    digits,
    ends_of,
    half_of,
    ids,
    kind_of,
    methods,
    numbers,
    plain,
    tasks,
)
from fewshot.reporting.figures.page import rows as lines
from fewshot.reporting.figures.page.look import GREY, OURS
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, across, counts, panel, put_remark, remark, sheet
from fewshot.reporting.figures.page.text_size import SMALL, tall, wrap

NEEDS = "needs a record"
LEAST, GAP = 0.43, 0.17  # inches: a panel's width, and between two
WIDER = 3  # times an interval over episodes: as much of a wider one has room, and more where methods are far apart


def data(given: Given) -> list[dict]:
    """A row for each kind of task and method: mean, half-widths over episodes and over classes and trainings, seeds."""
    found = methods(given.records)
    rows = []
    for task in tasks(found):
        for method in found:
            if task not in method.accuracy:
                continue
            interval, units = method.over_episodes(task), None if method.folds else method.units(task)
            over_classes = method.over_classes(task) if units else None
            wider = {"half_classes": half_of(over_classes), **ends_of(over_classes, "ends_classes")}
            wider |= {"units": len(units.names), "word": units.word} if units else {}
            over = "folds" if method.folds else "pairs" if task == VERIFICATION else "episodes"
            seeds = {"over": over, "said": str(interval), "seeds": [digits(mean) for mean in method.by_seed[task]]}
            rows.append({"task": task, **plain(method), "kind": kind_of(method), **numbers(interval), **wider, **seeds,
                         "records": ids(method)})  # fmt: skip
    return rows


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Panels side by side, one a kind of task, that share their rows."""
    kinds = list(dict.fromkeys(row["task"] for row in rows))
    groups = grouped(rows)
    laid = lines.lay({head: [label for _, label in keys] for head, keys in groups.items()}, 0.38 * page.wide)
    places = dict(zip([key for keys in groups.values() for key in keys], laid.places, strict=True))
    left = laid.wide + EDGE + 0.1
    beside, wide = across(page, len(kinds), LEAST, GAP, left)
    titles = [wrap(kind, wide + GAP / 2, SMALL) for kind in kinds]
    head = max(tall(title, SMALL) for title in titles) + 0.05
    down, block = -(-len(kinds) // beside), head + laid.high + 0.42
    words, below = remark(page, _words(rows))
    figure = sheet(page, block * down + below)
    for number, kind in enumerate(kinds):
        top, place = block * (number // beside) + head, left + (wide + GAP) * (number % beside)
        axes = panel(figure, place, top, wide, laid.high)
        _panel(axes, [row for row in rows if row["task"] == kind], places, laid, wide)
        axes.set_title(titles[number], loc="left", size=SMALL, pad=3)
        axes.set_xlabel(axis_of(kind, wide), labelpad=2)
        if not number % beside:
            lines.put_names(figure, laid, left, top)
    put_remark(figure, words)
    return figure


def grouped(rows: Sequence[dict]) -> dict[str, list[tuple[str, str]]]:
    """Network and label of each method, by network or, of one network, by kind of loss; the best first."""
    several = len({row["network"] for row in rows} - {""}) > 1
    first: dict[tuple[str, str], dict] = {}
    for row in rows:
        first.setdefault((row["network"], row["label"]), row)
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, row in sorted(first.items(), key=lambda one: -one[1]["mean"]):
        groups.setdefault(row["network"] if several else row["kind"], []).append(key)
    ordered = {head: groups[head] for head in sorted(groups, key=lambda head: not head)}
    if len({*ordered} - {""}) < 2:
        return {"": [key for keys in ordered.values() for key in keys]}
    return {head or "without training": keys for head, keys in ordered.items()}


def _words(rows: Sequence[dict]) -> str:
    """The marks in words."""
    wider = [row for row in rows if row["half_classes"] is not None]
    several = any(len(row["seeds"]) > 1 for row in rows)
    text = f"95 % intervals{', thick' * bool(wider)}: over {_counted(rows, 'over', 'n')}"
    text += f"; thin: over {_counted(wider, 'word', 'units')}{' and trainings' * several} too" if wider else ""
    text += "; arrows: beyond the axis" * any(map(_beyond, rows, [_ends(rows, row["task"]) for row in rows]))
    text += "; circles: single trainings" * several
    return text + "; grey: without training" * (len({bool(row["network"]) for row in rows}) > 1)


def _counted(rows: Sequence[dict], word: str, number: str) -> str:
    """The things that figures are means over, with their counts: "episodes (20 or 2,000)"."""
    words = dict.fromkeys(row[word] for row in rows)
    return " or ".join(f"{one} ({counts(row[number] for row in rows if row[word] == one)})" for one in words)


def _panel(axes: "matplotlib.axes.Axes", rows: Sequence[dict], places: dict, laid: lines.Rows, wide: float) -> None:
    lines.row_axes(axes, ends := _ends(rows, rows[0]["task"]), laid, wide)
    for row in rows:
        y, colour = places[row["network"], row["label"]], OURS if row["network"] else GREY
        mean, *narrow = lines.span(row)
        if mean < axes.get_xlim()[0]:
            lines.at_edge(axes, y, row["said"].partition(" ")[0], colour)
            continue
        axes.plot(_wider(row)[1:], [y, y], color=colour, lw=0.8)
        for end, mark in _beyond(row, ends):
            axes.plot(end, y, mark, ms=3.0, color=colour, mew=0, clip_on=False)
        axes.plot(narrow, [y, y], color=colour, lw=2.4, solid_capstyle="butt")
        axes.plot(
            mean, y, marker="o" if row["network"] else "s", ms=4.2, mfc=colour, mec="white", mew=0.5, clip_on=False
        )
        if len(row["seeds"]) > 1:
            axes.plot([100 * one for one in row["seeds"]], [y + 0.045] * len(row["seeds"]), "o", ms=1.8, mew=0.4,
                      mfc="white", mec="black", zorder=3)  # fmt: skip


def _ends(rows: Sequence[dict], task: str) -> tuple[float, float]:
    """The ends of a task's axis."""
    some = [row for row in rows if row["task"] == task]
    means = [100 * row["mean"] for row in some if row["network"]] or [0.0]
    apart = 2 * (max(means) - median(means))  # most of them, without those that collapsed
    rooms = [(100 * row["mean"], _half(row, apart), row["network"]) for row in some]
    trained, free = (
        [(mean, mean - room, mean + room) for mean, room, network in rooms if bool(network) == one]
        for one in (True, False)
    )
    return lines.limits(trained, free)


def _wider(row: dict) -> lines.Span:
    """A row's mean with the ends of its interval over classes and trainings."""
    return lines.span(row, "half_classes", "ends_classes")


def _beyond(row: dict, ends: tuple[float, float]) -> list[tuple[float, str]]:
    """Arrowheads at the ends of the axis that a row's wider interval goes beyond."""
    mean, low, high = _wider(row)
    left, right = ends
    if mean < left:
        return []
    return [(left, "<")] * (max(low, 0.0) < left) + [(right, ">")] * (min(high, 100.0) > right)


def _half(row: dict, apart: float) -> float:
    """The half-width, in per cent, that an axis has room for, and seeds: the wider one, up to three times the other or
    up to as much as the trained methods are `apart`."""
    narrow, (mean, low, high) = 100 * (row["half"] or 0.0), _wider(row)
    wider = max(mean - low, high - mean)
    seeds = max(100 * abs(seed - row["mean"]) for seed in row["seeds"])
    return max(narrow, min(wider, max(WIDER * narrow, apart)), seeds) if narrow else max(wider, seeds)
