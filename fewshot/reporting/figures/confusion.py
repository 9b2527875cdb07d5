"""Errors by alphabet, or by another group of classes, of the best methods, and what the best one answers instead."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from fewshot.data.class_lists.names import group_of, unturned
from fewshot.reporting.comparisons.units import word_of
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import BEST, called, digits, ids, methods, plain, tasks
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, panel, put_remark, remark, sheet, write
from fewshot.reporting.figures.page.text_size import SMALL, tall, widest, width, wrap
from fewshot.reporting.summary import Method

MANY = 30  # groups, or classes without groups, that have a line each
NEEDS = f"needs answers by class, in groups or of at most {MANY} classes"
LINE, CELL, MOST = 0.15, 0.27, 0.45  # inches: a line's height, a cell with a number, and a cell at most
SLANT = 0.65  # of a word's length, the height that it takes
BRIEF = 0.2  # inches: names as short stand above the matrix too, in place of numbers
LONG = 1.2  # inches: longer names are listed below, and letters stand above the columns


def data(given: Given) -> list[dict]:
    """Rows of the first kind of task with groups: each method's errors by group, the best first, and, of the first such
    task across groups, the answers of the best.

    All rows are of the same groups, those of most methods: other data sets have others."""
    found = methods(given.records)
    rows: list[dict] = []
    for task in tasks(found):
        grouped = [(method, _groups(method, task)) for method in found if task in method.accuracy]
        times = Counter(tuple(of[0]) for _, of in grouped if of)
        groups = rows[0]["groups"] if rows else [*max(times, key=lambda one: times[one], default=())]
        known = [method for method, of in grouped if of and of[0] == groups]
        known.sort(key=lambda method: -method.accuracy[task].mean())
        if known and not rows:
            others = {"others": times.total() - len(known)} if len(times) > 1 else {}
            rows += [_errors(method, task) | others for method in known]
        across = [method for method in known if not method.records[0].counts(task).one_group and method.spec.training]
        if across:
            return [*rows, _answers(across[0], task)]
    return rows


def _errors(method: Method, task: str) -> dict:
    """A method's share of wrong answers in each group, a mean over trainings."""
    names, place, word = _groups(method, task)
    counts = [record.counts(task) for record in method.records]
    asked, right = (np.mean([np.bincount(place[place >= 0], np.array(one)[place >= 0], len(names)) for one in each], 0)
                    for each in ([one.asked for one in counts], [one.right for one in counts]))  # fmt: skip
    return {"panel": "errors", "task": task, **plain(method), "word": word, "groups": names,
            "errors": [digits(one) for one in 1 - right / asked], "records": ids(method)}  # fmt: skip


def _answers(method: Method, task: str) -> dict:
    """The shares of every group in the wrong answers to queries of each, as far as records have them."""
    names, place, word = _groups(method, task)
    table, wrong = np.zeros((len(names), len(names))), 0.0
    for record in method.records:
        counts = record.counts(task)
        wrong += sum(counts.asked) - sum(counts.right)
        for true, answered, times in counts.confusions:
            table[place[true], place[answered]] += times
    return {"panel": "answers", "task": task, **plain(method), "word": word, "groups": names,
            "answered": [[digits(one) for one in row] for row in table / np.maximum(table.sum(1, keepdims=True), 1)],
            "known": digits(table.sum() / wrong) if wrong else 1.0, "records": ids(method)}  # fmt: skip


def _groups(method: Method, task: str) -> tuple[list[str], np.ndarray, str] | None:
    """The groups whose classes were asked, the place of each class's, −1 of others, and the word for groups; None of
    too few or too many."""
    record = method.records[0]
    if any(one.counts(task) is None or one.classes != record.classes for one in method.records):
        return None
    asked = [place for place, times in enumerate(record.counts(task).asked) if times]
    for unit, word in ((group_of, "group_word"), (unturned, "class_word")):
        names = list(dict.fromkeys(unit(record.classes[place]) for place in asked))
        if 1 < len(names) <= MANY:
            number = {name: place for place, name in enumerate(names)}
            same = len({*map(group_of, names)}) == 1  # then a class goes without its group's name
            names = [name.removeprefix(f"{group_of(name)}/") for name in names] if same else names
            return names, np.array([number.get(unit(name), -1) for name in record.classes]), word_of(record, word)
    return None


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A column of errors for each of the best methods; below it the matrix of the best one's wrong answers."""
    errors = [row for row in rows if row["panel"] == "errors"]
    matrix = rows[-1] if rows[-1]["panel"] == "answers" else None
    trained, free = ([row for row in errors if bool(row["network"]) == one] for one in (True, False))
    shown = [*trained[:BEST], *free[:2]]
    groups = [[row["errors"][place] for row in shown] for place in range(len(errors[0]["groups"]))]
    order = sorted(range(len(groups)), key=lambda place: -np.mean(groups[place]))
    own = _in_order(errors[0], order)
    short = max(width(name, SMALL) for name in own) < BRIEF
    numbered = [f"{name}  {place}" if matrix and not short else name for place, name in enumerate(own, 1)]
    names = [wrap(text, 0.34 * page.wide, SMALL) for text in numbered]
    left, down = EDGE + widest(names, SMALL) + 0.08, max(LINE, *(tall(name, SMALL) + 0.01 for name in names))
    heads = [called(row, errors) for row in shown]
    listed = max(width(text, SMALL) for text in heads) > LONG
    columns = [chr(ord("A") + place) for place in range(len(heads))] if listed else heads
    head = max(width(text, SMALL) for text in columns) * SLANT + 0.12
    letters = ", ".join(f"{letter} {text}" for letter, text in zip(columns, heads, strict=True)) if listed else ""
    words, below = remark(page, _words(shown, matrix, errors[0]["groups"]), letters)
    high = down * len(names)
    figure = sheet(page, head + high + 0.08 + (high + 0.42 if matrix else 0.0) + below)
    wide = min((page.wide - left - EDGE - head * 0.8) / len(shown), MOST)
    axes = panel(figure, left, head, wide * len(shown), high)
    most = max(max(row["errors"]) for row in trained or shown)
    _cells(axes, [[100 * one for one in groups[place]] for place in order], wide, 100 * most)
    for place, text in enumerate(columns):
        slant = {} if listed else {"rotation": 40, "rotation_mode": "anchor"}
        write(figure, left + wide * (place + 0.4), head - 0.03, text, size=SMALL, **slant)
    _write_names(figure, names, left, head, down)
    if matrix:
        place = [matrix["groups"].index(name) for name in own]
        wide = min((page.wide - left - EDGE) / len(names), MOST)
        axes = panel(figure, left, head + high + 0.42, wide * len(names), high)
        shares = [[100 * matrix["answered"][true][answered] for answered in place] for true in place]
        _cells(axes, shares, wide, max(map(max, shares)), blank=True)
        axes.set_xticks(range(len(names)), own if short else [str(one) for one in range(1, len(names) + 1)])
        axes.tick_params(axis="x", top=True, bottom=False, labeltop=True, labelbottom=False, length=0, pad=1)
        _write_names(figure, names, left, head + high + 0.42, down)
    put_remark(figure, words)
    return figure


def _in_order(row: dict, order: Sequence[int]) -> list[str]:
    return [row["groups"][place] for place in order]


def _write_names(
    figure: "matplotlib.figure.Figure", names: Sequence[str], left: float, top: float, down: float
) -> None:
    for place, name in enumerate(names):
        write(figure, left - 0.05, top + down * (place + 0.5), name, va="center", ha="right", size=SMALL)


def _cells(
    axes: "matplotlib.axes.Axes", values: Sequence[Sequence[float]], wide: float, most: float, blank: bool = False
) -> None:
    """Draw values in per cent, darker up to `most`, and as numbers where there is room; `blank` hides zeros."""
    edges = [[one - 0.5 for one in range(number + 1)] for number in (len(values[0]), len(values))]
    most = most or 1.0
    axes.pcolormesh(*edges, values, cmap="Blues", vmin=0, vmax=most, edgecolors="white", linewidth=0.3)
    for y, row in enumerate(values):
        for x, value in enumerate(row):
            if wide >= CELL - 0.06 and not (blank and value < 0.5):
                axes.text(x, y, f"{value:.0f}", ha="center", va="center", size=SMALL,
                          color="white" if value > 0.6 * most else "black")  # fmt: skip
    axes.set(xlim=(-0.5, len(values[0]) - 0.5), ylim=(len(values) - 0.5, -0.5), xticks=[], yticks=[])
    axes.spines[["left", "bottom"]].set_visible(False)


def _words(shown: Sequence[dict], matrix: dict | None, groups: Sequence[str]) -> str:
    """The cells in words."""
    text = f"{shown[0]['task']}: queries of each of {len(groups)} {shown[0]['word']} answered wrongly, %"
    if others := shown[0].get("others"):
        text += f" ({others} more method{'s' if others > 1 else ''}, on other images, left out)"
    if not matrix:
        return text
    known = "" if matrix["known"] > 0.995 else f" of the commonest {100 * matrix['known']:.0f} % of confusions"
    below = f"below, {matrix['label']} on {matrix['task']}: wrong answers{known} by the {matrix['word']} answered"
    return f"{text}; {below}, in % of the row"
