"""ROC of same/different: the rate of hits among same-class pairs against the rate of false alarms."""

from collections.abc import Mapping, Sequence

import numpy as np

from fewshot.core.statistics.intervals import Numbers
from fewshot.core.statistics.roc import roc_area
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
KEYS = ("network", "label", "area", "said", "seeds", "folds", "different", "alarm", "hit", "points", "records")
FEWEST = 5.5  # false alarms on the left, where a curve is a matter of few pairs; a half, so as to meet no step


def data(given: Given) -> list[dict]:
    """A row for each method: hits at fixed rates of false alarms, and the area, both averaged over its seeds."""
    return [{key: row[key] for key in KEYS if key in row} for row in by_method(given, FEWEST, curve)]


def curve(scores: Sequence[tuple], least: float = 0.0, thresholds: Sequence[Mapping[str, float]] = ()) -> dict:
    """The curve of some trainings' scores of same-class and different-class pairs, from a rate of at least `least`.

    `thresholds` of each training, where they are known, give points on it.
    """
    alarm = np.geomspace(min(least or FEWEST / len(scores[0][1]), 0.5), 1.0, POINTS)
    hit = np.mean([hits(*one, alarm) for one in scores], 0)
    area = float(np.mean([roc_area(*one) for one in scores]))
    lists = {"alarm": [digits(rate) for rate in alarm], "hit": [digits(rate) for rate in hit]}
    points = {"points": found} if (found := operating_points(scores, thresholds)) else {}
    return {"area": digits(area), "said": f"{100 * area:.1f}", **lists, **points}


def hits(same: Numbers, different: Numbers, alarm: np.ndarray) -> np.ndarray:
    """The rate of hits at rates of false alarms, on the straight lines between neighbouring thresholds."""
    same, different = np.sort(same), np.sort(different)
    thresholds = np.append(np.union1d(same, different), np.inf)[::-1]
    found = 1 - np.searchsorted(same, thresholds, "left") / len(same)
    false = 1 - np.searchsorted(different, thresholds, "left") / len(different)
    left = np.searchsorted(false, alarm, "right") - 1  # of the thresholds with one rate of false alarms: most hits
    right = np.minimum(left + 1, len(false) - 1)
    run = np.maximum(false[right] - false[left], 1 / (2 * len(different)))  # 0 at the last one alone
    return found[left] + (alarm - false[left]) / run * (found[right] - found[left])


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """One panel, with a logarithmic axis where false alarms reach low; areas in the legend."""
    curves = crowd(rows, lambda row: -row["area"])
    texts = said(curves, page)
    points = [_points(one.row) if one.name else np.empty((0, 2)) for one in curves]
    extra = ["chance", others(curves), marks(page) if any(map(len, points)) else ""]
    figure, axes = panel_with_legend(page, [*filter(None, texts), *filter(None, extra)])
    for one, text, own in zip(curves, texts, points, strict=True):
        marked(axes, *([100 * rate for rate in one.row[key]] for key in ("alarm", "hit")), own, text, one.look)
    left = 100 * min(row["alarm"][0] for row in rows)
    chance = np.geomspace(left, 100, 101)
    axes.plot(chance, chance, color=GREY, lw=0.6, zorder=0, label="50.0\u00a0\u00a0chance")
    explain(axes, curves, points, page)
    axes.set(xscale="log" if left < 5 else "linear", xlim=(left, 100), ylim=(0, 101))
    axes.set(xlabel=f"{rows[0].get('different', 'different pairs')} taken for same, %", ylabel="same pairs found, %")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("")
    axes.grid(which="major")
    put_legend(axes, page, f"area, %{means_of(rows)}")
    return figure


def _points(row: dict) -> np.ndarray:
    """False alarms and hits, in per cent, at the thresholds chosen on val, `[point 2]`."""
    return np.array([(100 * fmr, 100 - 100 * fnmr) for fmr, fnmr in row.get("points", {}).values()]).reshape(-1, 2)
