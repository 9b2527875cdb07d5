"""Histograms of the scores of same and of different pairs, with the thresholds that val has chosen."""

from collections.abc import Sequence

import numpy as np

from fewshot.reporting.comparisons.identities import forgeries_of, of_role
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import called, digits, methods, of_folds, of_pairs, plain
from fewshot.reporting.figures.page.look import GREY, OURS, PUBLISHED
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import across, panel, put_remark, remark, sheet, ticks
from fewshot.reporting.figures.page.text_size import SMALL, tall, wrap

NEEDS = "needs a record with scores of same and different pairs"
BINS = 48
MOST = 6  # panels
TAIL = 0.2  # per cent of scores beyond either end of an axis
HIGH, LEAST, LEFT, GAP = 0.95, 1.3, 0.14, 0.3  # inches


def data(given: Given) -> list[dict]:
    """A row for each method: shares of pairs by score and thresholds of its first training, and of all of them the
    equal error, the least first."""
    scored = [of_role(record) for record in of_pairs(given.records)]
    rows = []
    for method in methods(scored):
        record = method.records[0]
        same, different = (np.array(one)[np.isfinite(one)] for one in (record.same, record.different))
        ends = np.percentile(np.concatenate([same, different]), [TAIL, 100 - TAIL])
        edges = (
            np.linspace(*ends, BINS + 1) if ends[1] > ends[0] else np.linspace(ends[0] - 0.5, ends[0] + 0.5, BINS + 1)
        )
        shares = {name: [digits(one) for one in np.histogram(values.clip(edges[0], edges[-1]), edges)[0] / len(values)]
                  for name, values in (("same", same), ("different", different))}  # fmt: skip
        error = method.equal_error
        rows.append({**plain(method), "seed": record.spec.seed, "seeds": len(method.records),
                     **of_folds(method), "equal_error": digits(error), "low": fine(edges[0]), "high": fine(edges[-1]),
                     **shares, "pairs": [len(same), len(different)],
                     "thresholds": {name: fine(value) for name, value in record.points.items()},
                     "kind": forgeries_of(record) or "different pairs", "records": [record.id]})  # fmt: skip
    return sorted(rows, key=lambda row: row["equal_error"])


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Small panels: the methods with the least equal errors, and one without training if there is one."""
    trained, free = ([row for row in rows if bool(row["network"]) == one] for one in (True, False))
    shown = [*trained[: MOST - bool(free)], *free][:MOST]
    beside, wide = across(page, len(shown), LEAST, GAP, LEFT)
    titles = [wrap(f"{called(row, rows)} ({100 * row['equal_error']:.1f})", wide, SMALL) for row in shown]
    head = max(tall(title, SMALL) for title in titles) + 0.04
    words, below = remark(page, _words(shown, len(rows)))
    down, block = -(-len(shown) // beside), head + HIGH + 0.22
    figure = sheet(page, block * down + 0.2 + below)
    for number, (row, title) in enumerate(zip(shown, titles, strict=True)):
        axes = panel(figure, LEFT + (wide + GAP) * (number % beside), block * (number // beside) + head, wide, HIGH)
        _panel(axes, row, wide)
        axes.set_title(title, loc="left", size=SMALL, pad=2)
        axes.set_xlabel("score" if number + beside >= len(shown) else "", labelpad=1)
    put_remark(figure, words)
    return figure


def _panel(axes: "matplotlib.axes.Axes", row: dict, wide: float) -> None:
    edges = np.linspace(row["low"], row["high"], BINS + 1)
    for name, colour in (("different", PUBLISHED), ("same", OURS)):
        axes.stairs(row[name], edges, fill=True, color=colour, alpha=0.3, lw=0)
        axes.stairs(row[name], edges, color=colour, lw=0.9, linestyle="-" if name == "same" else "--")
    top = 1.05 * max(*row["same"], *row["different"])
    for name, value in row["thresholds"].items():
        if row["low"] < value < row["high"]:
            axes.plot([value, value], [0, top], color="black" if name == "eer" else GREY, lw=0.8,
                      linestyle="-" if name == "eer" else ":")  # fmt: skip
    axes.set(xlim=(row["low"], row["high"]), ylim=(0, top), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(ticks(int(wide / 0.5)))


def _words(rows: Sequence[dict], number: int) -> str:
    """The colours and lines in words."""
    text = f"shares of pairs by score: blue, same; dashed orange, {rows[0]['kind']}"
    others = sorted({name for row in rows for name in row["thresholds"]} - {"eer"})
    if any(row["thresholds"] for row in rows):
        text += "; lines: thresholds chosen on val, solid at equal errors"
        text += f", dotted at {', '.join(name.replace('fmr=', 'FMR ') for name in reversed(others))}" if others else ""
    folds, seeds = max(row.get("folds", 0) for row in rows), max(row["seeds"] for row in rows)
    trained = any(row["network"] for row in rows)
    text += f"; the first of {folds} folds" if folds else "; one training each" if trained else ""
    of = ", mean of folds" if folds else ", mean of trainings" if seeds > 1 else ""
    text += f"; in brackets: equal error, %{of}"
    return text + (f"; {len(rows)} of {number} methods" if number > len(rows) else "")


def fine(value: float) -> float:
    """A score as source data holds it: of six significant digits, however small all scores are."""
    return float(f"{value:.6g}")
