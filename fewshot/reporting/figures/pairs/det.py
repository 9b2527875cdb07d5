"""DET of same/different: the rate of false non-matches against that of false matches, on normal deviate axes.

Scores of two normal distributions make straight lines (Martin and others, Eurospeech 1997).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from fewshot.core.statistics.roc import equal_error_rate, roc_of
from fewshot.reporting.comparisons.identities import forgeries_of, of_role
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits, ids, methods, of_folds, operating_points, plain
from fewshot.reporting.figures.page import style
from fewshot.reporting.figures.page.page import Page

NEEDS = "needs a record with scores of same and different pairs"
POINTS = 101
FEWEST = 5  # false matches on the left, where a curve is a matter of few pairs
TICKS = (0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 60, 80, 90, 95, 98, 99, 99.9)  # in %


def data(given: Given) -> list[dict]:
    """A row for each method: FNMR at fixed FMR, and the equal error, both averaged over its seeds."""
    scored = [of_role(record) for record in given.records if record.same and record.different]
    least = max([FEWEST / len(record.different) for record in scored], default=0.5)
    rows = []
    for method in methods(scored):
        scores = [(record.same, record.different) for record in method.records]
        found = curve(scores, least, [record.points for record in method.records])
        forged = {"different": kind} if (kind := forgeries_of(method.records[0])) else {}
        rows.append(
            {**plain(method), "seeds": len(method.records), **of_folds(method), **forged, **found}
            | {"records": ids(method)}
        )
    return rows


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
    """One panel, or one for each network; equal errors in the legend, and a grey line where both rates are equal."""
    figure, panels = style.panels_below(rows, "equal rates", page)
    for axes, seeds, curves in panels:
        _panel(axes, curves)
        style.legend_right(axes, f"equal error, %{seeds}")
    return figure


def _panel(axes: "matplotlib.axes.Axes", curves: Sequence[tuple[str, dict, dict]]) -> None:
    from scipy.special import ndtri

    rates = [np.array([row["fmr"], row["fnmr"]]) for _, _, row in curves]
    inside = [one[:, (one > 0).all(0) & (one < 1).all(0)] for one in rates]  # a rate of 0 or 1 has no deviate
    points = [np.array([*row.get("points", {}).values()]).reshape(-1, 2) for _, _, row in curves]
    least = [x[0] for x, _ in rates]  # left of it there is no curve
    shown = [one[(one[:, 0] >= left) & ((one > 0) & (one < 1)).all(1)] for one, left in zip(points, least, strict=True)]
    for (text, look, _), (x, y), own in zip(curves, inside, shown, strict=True):
        style.marked(axes, ndtri(x), ndtri(y), ndtri(own), text, look)
    every = np.concatenate([one.ravel() for one in (*inside, *shown)] + [[0.01, 0.5]])
    low, high = ndtri(every.min()), ndtri(min(every.max(), 0.9))
    axes.plot([low, high], [low, high], color=style.GREY, lw=0.6, zorder=0, label="equal rates")
    style.explain_marks(axes, shown)
    ticks = [one for one in TICKS if low <= ndtri(one / 100) <= high]
    places = [ndtri(one / 100) for one in ticks]
    for side in (axes.xaxis, axes.yaxis):
        side.set_ticks(places, [f"{one:g}" for one in ticks])
    different = curves[0][2].get("different", "different pairs")
    axes.set(xlim=(low, high), ylim=(low, high), xlabel=f"{different} that match (FMR), %")
    axes.set_ylabel("same pairs that do not (FNMR), %")
    axes.grid(which="major")
