"""DET of same/different: the rate of false non-matches against that of false matches, on normal deviate axes.

Scores of two normal distributions make straight lines (Martin and others, Eurospeech 1997).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from fewshot.core.statistics.roc import equal_error_rate, roc_of
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits, operating_points
from fewshot.reporting.figures.page.crowd import (
    crowd,
    explain,
    marked,
    marks,
    means_of,
    others,
    panel_with_legend,
    put_legend,
    said,
)  # fmt: skip
from fewshot.reporting.figures.page.look import GREY
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.pairs.curves import by_method

NEEDS = "needs a record with scores of same and different pairs"
POINTS = 101
FEWEST = 5  # false matches on the left, where a curve is a matter of few pairs
TICKS = (0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 60, 80, 90, 95, 98, 99, 99.9)  # in %


def data(given: Given) -> list[dict]:
    """A row for each method: FNMR at fixed FMR, and the equal error, both averaged over its seeds."""
    return by_method(given, FEWEST, curve)


def curve(scores: Sequence[tuple], least: float = 0.0, thresholds: Sequence[Mapping[str, float]] = ()) -> dict:
    """The curve of some trainings' scores of same-class and different-class pairs, from an FMR of at least `least`.

    `thresholds` of each training, where they are known, give points on it.
    """
    fmr = np.geomspace(min(least or FEWEST / len(scores[0][1]), 0.25), 0.999, POINTS)
    curves = [roc_of(*one) for one in scores]
    fnmr = np.mean([one.fnmr[(one.fmr[:, None] <= fmr).argmax(0)] for one in curves], 0)
    error = float(np.mean([equal_error_rate(*one) for one in scores]))
    lists = {"fmr": [digits(rate) for rate in fmr], "fnmr": [digits(rate) for rate in fnmr]}
    points = {"points": found} if (found := operating_points(scores, thresholds)) else {}
    return {"equal_error": digits(error), "said": f"{100 * error:.1f}", **lists, **points}


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """One panel; equal errors in the legend, and a grey line where both rates are equal."""
    from scipy.special import ndtri

    curves = crowd(rows, lambda row: row["equal_error"])
    texts = said(curves, page)
    rates = [np.array([one.row["fmr"], one.row["fnmr"]]) for one in curves]
    inside = [one[:, (one > 0).all(0) & (one < 1).all(0)] for one in rates]  # a rate of 0 or 1 has no deviate
    points = [
        _points(one.row, float(x[0])) if one.name else np.empty((0, 2))
        for one, (x, _) in zip(curves, rates, strict=True)
    ]
    extra = ["equal rates", others(curves), marks(page) if any(map(len, points)) else ""]
    figure, axes = panel_with_legend(page, [*filter(None, texts), *filter(None, extra)])
    for one, text, (x, y), own in zip(curves, texts, inside, points, strict=True):
        marked(axes, ndtri(x), ndtri(y), ndtri(own), text, one.look)
    every = np.concatenate([one.ravel() for one in (*inside, *points)] + [[0.5]])
    least = min(0.01, *(x[0] for x, _ in rates))  # below it, rates of either kind are of few pairs
    low, high = ndtri(least), ndtri(min(every.max(), 0.9))
    axes.plot([low, high], [low, high], color=GREY, lw=0.6, zorder=0, label="equal rates")
    explain(axes, curves, points, page)
    ticks = [one for one in TICKS if low <= ndtri(one / 100) <= high]
    for side in (axes.xaxis, axes.yaxis):
        side.set_ticks([ndtri(one / 100) for one in ticks], [f"{one:g}" for one in ticks])
    axes.set(xlim=(low, high), ylim=(low, high))
    axes.set_xlabel(f"{rows[0].get('different', 'different pairs')} that match (FMR), %")
    axes.set_ylabel("same pairs that do not (FNMR), %")
    axes.grid(which="major")
    put_legend(axes, page, f"equal error, %{means_of(rows)}")
    return figure


def _points(row: dict, least: float) -> np.ndarray:
    """FMR and FNMR at the thresholds chosen on val, where they have deviates, right of the curve's end: `[point 2]`."""
    found = np.array([*row.get("points", {}).values()]).reshape(-1, 2)
    return found[(found[:, 0] >= least) & ((found > 0) & (found < 1)).all(1)]
