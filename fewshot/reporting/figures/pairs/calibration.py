"""Calibration: how often pairs are the same, by the chance of it that scores give as calibrated on val."""

from collections.abc import Sequence

import numpy as np

from fewshot.core.statistics.likelihood_ratios import cllr
from fewshot.records.record import RunRecord
from fewshot.reporting.comparisons.identities import of_role
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits, methods, of_folds, of_pairs, plain
from fewshot.reporting.figures.page.crowd import (
    crowd,
    explain,
    marked,
    means_of,
    others,
    panel_with_legend,
    put_legend,
    said,
)  # fmt: skip
from fewshot.reporting.figures.page.look import GREY
from fewshot.reporting.figures.page.page import Page

NEEDS = "needs records with a calibration chosen on val"
BINS = 10  # at most, of equally many pairs, which count the same for both kinds


def data(given: Given) -> list[dict]:
    """A row for each calibrated method: chance and frequency of sameness in each bin, and Cllr, means over seeds."""
    scored = [of_role(one) for one in of_pairs(given.records) if one.calibration]
    rows = []
    for method in methods(scored):
        fewest = min(min(len(record.same), len(record.different)) for record in method.records)
        each = [reliability(record, min(BINS, 2 * fewest)) for record in method.even]  # so that no bin is empty
        chance, frequency = (np.mean([one[kind] for one in each], 0) for kind in (0, 1))
        found = float(np.mean([cllr(*_ratios(record)) for record in method.even]))
        rows.append({**plain(method), "cllr": digits(found), "said": f"{found:.2f}", "seeds": len(each),
                     **of_folds(method), "chance": [digits(one) for one in chance],
                     "frequency": [digits(one) for one in frequency],
                     "records": [one.id for one in method.even]})  # fmt: skip
    return rows


def reliability(record: RunRecord, bins: int = BINS) -> tuple[np.ndarray, np.ndarray]:
    """Mean chance and frequency of sameness in bins by chance, where same and different pairs count alike in all."""
    same, different = _ratios(record)
    ratios, is_same = np.concatenate([same, different]), np.repeat([1.0, 0.0], [len(same), len(different)])
    weight = np.where(is_same == 1, 0.5 / len(same), 0.5 / len(different))
    order = np.argsort(ratios, kind="stable")
    place = np.minimum((np.cumsum(weight[order]) - weight[order] / 2) * bins, bins - 1).astype(int)
    chance = 1 / (1 + np.exp(-np.clip(ratios[order], -50, 50)))
    sums = [np.bincount(place, weight[order] * one, bins) for one in (chance, is_same[order], np.ones(len(order)))]
    return sums[0] / sums[2], sums[1] / sums[2]


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """One panel with the diagonal of perfect calibration; Cllr in the legend."""
    curves = crowd(rows, lambda row: row["cllr"])
    texts = said(curves, page)
    figure, axes = panel_with_legend(page, [*filter(None, texts), "calibrated", *filter(None, [others(curves)])])
    for one, text in zip(curves, texts, strict=True):
        x, y = (100 * np.array(one.row[key]) for key in ("chance", "frequency"))
        marked(axes, x, y, np.empty((0, 2)), text, one.look | ({"markevery": 1, "ms": 3.0, "lw": 0.9} if text else {}))
    axes.plot([0, 100], [0, 100], color=GREY, lw=0.6, zorder=0, label="calibrated")
    explain(axes, curves, [], page)
    axes.set(xlim=(-1, 101), ylim=(-1, 101), xlabel="chance that a pair is the same, %", ylabel="pairs that are, %")
    axes.grid()
    put_legend(axes, page, f"Cllr, bits{means_of(rows)}")
    return figure


def _ratios(record: RunRecord) -> tuple[np.ndarray, np.ndarray]:
    """The log-likelihood ratios of same and of different pairs."""
    slope, offset = record.calibration
    found = (np.array(one, float) for one in (record.same, record.different))
    same, different = (slope * one[np.isfinite(one)] + offset for one in found)
    return same, different
