"""Training curves: accuracy on validation tasks, where it was measured, and the training loss, by step.

Losses have scales of their own: few have a small panel each; of many, each is shown as a share of its first value.
"""

from collections.abc import Sequence

import numpy as np

from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import called, digits, methods, of_folds, plain
from fewshot.reporting.figures.page.crowd import BESIDE, OTHERS, Curve, crowd, others
from fewshot.reporting.figures.page.look import OURS
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, across, counts, panel, sheet, ticks
from fewshot.reporting.figures.page.text_size import SMALL, tall, wrap

NEEDS = "needs a record with a training curve"
FEW = 6  # methods with a panel each
LARGE, HIGH, LEFT, GAP, BELOW = 1.7, 0.95, 0.5, 0.18, 0.42  # inches
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
WIDE = 20  # times the least loss: beyond, its axis is logarithmic


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
            accuracy = {"accuracy": digits(next(iter(method.accuracy.values())).mean())}  # on its first kind of task
            row = {**plain(method), **of_folds(method), **accuracy, **values, "records": [record.id]}
            rows += [row] if steps else []
    return rows


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Panels with the same colours: accuracy on val; the losses, together or a small panel each; one legend below."""
    named: dict[str, list[dict]] = {}
    for row in rows:
        named.setdefault(called(row, rows), []).append(row)
    means = {name: mean_of(found) for name, found in named.items()}
    measured = any(len(one["val"]) > 1 for one in means.values())
    plain_names = [one | {"network": "one", "label": name} for name, one in means.items()]
    curves = crowd(plain_names, lambda row: -row["last" if measured else "accuracy"])
    apart = len(curves) <= FEW
    beside, wide = across(page, 2 if measured and not apart else 1, 1.9, GAP + LEFT, LEFT)
    wide = min(wide, 4.6)
    small, narrow = across(page, len(curves), 1.05, GAP + LEFT, LEFT) if apart else (1, 0.0)
    texts, columns, box = _legend(curves, page) if measured or not apart else ([], 1, 0.0)
    lines = (int(measured) + (not apart) + beside - 1) // beside
    top = 0.1 + (LARGE + BELOW) * lines
    room = [narrow + (EDGE if one % small == small - 1 else LEFT - 0.1) for one in range(len(curves))]
    titles = [wrap(one.name, wide, SMALL) for one, wide in zip(curves, room, strict=True)] if apart else []
    head = max((tall(text, SMALL) for text in titles), default=0.0) + 0.04
    down = -(-len(curves) // small) if apart else 0
    figure = sheet(page, top + (head + HIGH + BELOW) * down - (0.1 if apart else 0.0) + box + 0.06)
    places = [(LEFT + (wide + GAP + LEFT) * (one % beside), 0.1 + (LARGE + BELOW) * (one // beside)) for one in (0, 1)]
    if measured:
        axes = panel(figure, *places[0], wide, LARGE)
        _accuracies(axes, curves)
        _steps(axes, wide)
    if not apart:
        axes = panel(figure, *places[int(measured)], wide, LARGE)
        _shares(axes, curves)
        _steps(axes, wide)
    for number, (one, title) in enumerate(zip(curves, titles, strict=False)):
        left = LEFT + (narrow + GAP + LEFT) * (number % small)
        axes = panel(figure, left, top + (head + HIGH + BELOW) * (number // small) + head - 0.1, narrow, HIGH)
        _losses(axes, named[one.name], one.look["color"] if measured else OURS)
        axes.set_title(title, loc="left", size=SMALL, pad=2)
        axes.set_ylabel("training loss" if not number % small else "")
        _steps(axes, narrow, words=number + small >= len(curves))
    if texts:
        place = (EDGE / page.wide, (box + 0.02) / figure.get_figheight())
        figure.legend(_handles(curves), texts, ncols=columns, loc="upper left", bbox_to_anchor=place, borderaxespad=0,
                      borderpad=0, labelspacing=0.42, title=_title(curves), title_fontsize=SMALL,
                      alignment="left")  # fmt: skip
    return figure


def mean_of(rows: Sequence[dict]) -> dict:
    """A method's losses and accuracies on val by step, means over its seeds where all have one; and the last of val."""
    found = {}
    for key in ("loss", "val"):
        at: dict[int, list[float]] = {}
        for row in rows:
            for step, value in zip(row["step"], row[key], strict=True):
                at.setdefault(step, []).extend([] if value is None else [value])
        found[key] = {step: float(np.mean(at[step])) for step in sorted(at) if len(at[step]) == len(rows)}
    last = [0.0, *found["val"].values()][-1]
    about = {key: rows[0][key] for key in ("accuracy", "folds") if key in rows[0]}
    return found | {"last": last, "seeds": len(rows)} | about


def _legend(curves: Sequence[Curve], page: Page) -> tuple[list[str], int, float]:
    """The legend's wrapped texts, its columns, and inches from top to bottom."""
    columns = 1 if page.wide < BESIDE else 2
    room = page.wide / columns - 0.6
    texts = [wrap(one, room, SMALL) for one in (*(curve.name for curve in curves), others(curves)) if one]
    each = -(-len(texts) // columns)
    box = max(sum(tall(one, SMALL) + 0.042 for one in texts[at : at + each]) for at in range(0, len(texts), each))
    return texts, columns, box + 0.16 * bool(_title(curves))


def _title(curves: Sequence[Curve]) -> str | None:
    folded = any("folds" in one.row for one in curves)
    numbers = {one.row.get("folds", 1) if folded else one.row["seeds"] for one in curves}
    return f"means of {counts(numbers)} {'folds' if folded else 'seeds'}" if max(numbers) > 1 else None


def _handles(curves: Sequence[Curve]) -> list["matplotlib.lines.Line2D"]:
    from matplotlib.lines import Line2D

    named = [Line2D([], [], ms=3.2, lw=1.0, **one.look) for one in curves if one.name]
    return named + [Line2D([], [], **OTHERS)] * bool(others(curves))


def _accuracies(axes: "matplotlib.axes.Axes", curves: Sequence[Curve]) -> None:
    """Means over seeds or folds."""
    for one in reversed(curves):
        steps, values = [*one.row["val"]], [100 * value for value in one.row["val"].values()]
        axes.plot(steps, values, **({"markevery": max(len(steps) // 5, 1), "ms": 3.0, "lw": 1.0} | one.look))
    axes.set_ylabel("accuracy on val, %")
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(ticks(5))


def _shares(axes: "matplotlib.axes.Axes", curves: Sequence[Curve]) -> None:
    """Losses over their first values; those that are not above zero have no share."""
    ends = []
    for one in reversed(curves):
        steps, losses = [*one.row["loss"]], np.array([*one.row["loss"].values()])
        if losses.min() > 0:
            share = losses / losses[0]
            ends.append(share[-1])
            axes.plot(steps, share, **({"markevery": max(len(steps) // 5, 1), "ms": 3.0, "lw": 1.0} | one.look))
    least = np.quantile(ends, 0.1) / 2 if ends else 1.0  # losses that fall much further leave the panel
    axes.set(
        yscale="log" if least < 1 / WIDE else "linear",
        ylim=(least if least < 1 / WIDE else 0, None),
        ylabel="loss, of its first value",
    )
    if least < 1 / WIDE:
        _powers(axes)
    axes.grid(axis="y")


def _losses(axes: "matplotlib.axes.Axes", rows: Sequence[dict], colour: str) -> None:
    """A line for each seed."""
    for row in rows:
        mark = {"marker": "."} if len(row["step"]) == 1 else {}
        axes.plot(row["step"], row["loss"], color=colour, lw=0.7, **mark)
    least, most = (side(side(row["loss"]) for row in rows) for side in (min, max))
    if least > 0 and most > WIDE * least:
        axes.set(yscale="log", ylim=(least / 1.5, 1.5 * most))
        _powers(axes)
        return
    axes.set_ylim(min(0.0, least), 1.06 * most if most > 0 else None)
    axes.yaxis.set_major_locator(ticks(3))


def _power(value: float, _: int | None = None) -> str:
    return f"10{f'{np.log10(value):.0f}'.translate(RAISED)}"


def _powers(axes: "matplotlib.axes.Axes") -> None:
    """The ticks of a logarithmic axis: numbers, or powers of ten where these would reach into the axis' title."""
    short = axes.get_ylim()[0] < 0.01
    axes.yaxis.set_major_formatter(_power if short else "{x:g}")
    axes.yaxis.set_minor_formatter("")


def _steps(axes: "matplotlib.axes.Axes", wide: float, words: bool = True) -> None:
    """The axis of steps, with thousands set apart."""
    axes.set_xlim(0, None)
    axes.xaxis.set_major_locator(ticks(int(wide / (0.32 if axes.get_xlim()[1] < 10_000 else 0.43))))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("step" if words else "", labelpad=2)
