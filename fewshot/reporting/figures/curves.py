"""Training curves: the loss of every seed against the step, and accuracy on validation tasks where it has a curve."""

from collections.abc import Sequence

import numpy as np

from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits, methods, plain
from fewshot.reporting.figures.page import style
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.page import Page

NEEDS = "needs a record with a training curve"
ACROSS = 3  # panels
LEFT, GAP = 0.58, 0.45  # inches


def data(given: Given) -> list[dict]:
    """A row for each method and seed: steps, the loss since the step before, and the accuracy on val or None."""
    rows = []
    for method in methods(given.records):
        for record in method.records:
            steps, losses, val = zip(*record.curve, strict=True) if record.curve else ((), (), ())
            values = {
                "seed": record.spec.seed,
                "step": list(steps),
                "loss": [digits(loss) for loss in losses],
                "val": [None if value is None else digits(value) for value in val],
            }
            rows += [{**plain(method), **values, "records": [record.id]}] if steps else []
    return rows


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A small panel for each method's loss, which has a scale of its own; one for the accuracies on val below."""
    networks = {row["network"] for row in rows}
    named: dict[str, list[dict]] = {}
    for row in rows:
        name = ", ".join((row["label"], row["network"])) if len(networks) > 1 else row["label"]
        named.setdefault(name, []).append(row)
    across = 2 if len(named) == 4 else min(ACROSS, len(named))
    wide, high = (4.8 - GAP * (across - 1)) / across, 0.85 if across == ACROSS else 1.3
    titles = [words.wrap(name, wide + 0.08, words.SMALL) for name in named]
    talls = [words.tall(text, words.SMALL) for text in titles]
    heads = [max(talls[i : i + across]) for i in range(0, len(talls), across)]
    measured = [row for row in rows if sum(value is not None for value in row["val"]) > 1]
    panels = style.spread(measured) if measured else []
    boxes = [style.legend_box([text for text, *_ in found], style.LEGEND) for _, found in panels]
    talls = [max(1.5, box) + 0.65 for box in boxes]
    losses = sum(heads) + (high + 0.36) * len(heads) + 0.2
    figure = style.sheet(page, losses + sum(talls))
    for number, (title, found) in enumerate(zip(titles, named.values(), strict=True)):
        row, column = divmod(number, across)
        top = sum(heads[: row + 1]) + (high + 0.36) * row + 0.08
        axes = style.panel(figure, LEFT + (wide + GAP) * column, top, wide, high)
        _losses(axes, found, title, wide)
        axes.yaxis.set_label_coords(-0.4 / wide, 0.5)
        axes.set_ylabel("training loss" if not column else "")
        axes.set_xlabel("step" if number + across >= len(titles) else "")
    for (title, found), tall, top in zip(panels, talls, np.cumsum([losses, *talls]), strict=False):
        axes = style.panel(figure, LEFT, top + 0.2, style.PLOT, tall - 0.65)
        _accuracies(axes, found)
        axes.set_title(title, loc="left")
    return figure


def _losses(axes: "matplotlib.axes.Axes", rows: Sequence[dict], title: str, wide: float) -> None:
    for row in rows:
        mark = {"marker": "."} if len(row["step"]) == 1 else {}
        axes.plot(row["step"], row["loss"], color=style.OURS, lw=0.8, **mark)
    most = max(max(row["loss"]) for row in rows)
    axes.set(xlim=(0, None), ylim=(min(0.0, min(min(row["loss"]) for row in rows)), 1.06 * most if most > 0 else None))
    axes.set_title(title, size=words.SMALL, loc="left", pad=3, linespacing=1.15)
    axes.yaxis.set_major_locator(style.ticks(4))
    style.step_axis(axes, wide)


def _accuracies(axes: "matplotlib.axes.Axes", found: Sequence[tuple[str, dict, list[dict]]]) -> None:
    seeds = max(len(rows) for _, _, rows in found)
    for text, look, rows in found:
        at: dict[int, list[float]] = {}
        for row in rows:
            for step, value in zip(row["step"], row["val"], strict=True):
                if value is not None:
                    at.setdefault(step, []).append(100 * value)
        steps = sorted(step for step, values in at.items() if len(values) == len(rows))
        means, label = [np.mean(at[step]) for step in steps], words.wrap(text, style.LEGEND, words.SMALL)
        axes.plot(steps, means, label=label, markevery=max(len(steps) // 6, 1), ms=3, lw=1.0, **look)
    axes.set(xlim=(0, None), ylabel="accuracy on val, %" + (", mean of seeds" if seeds > 1 else ""), xlabel="step")
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(style.ticks(6))
    style.step_axis(axes, style.PLOT)
    style.legend_right(axes)
