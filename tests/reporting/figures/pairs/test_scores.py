from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.statistics.roc import equal_error_rate
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.reporting.figures.pairs import scores


def test_histograms_are_shares_of_the_first_trainings_pairs(given):
    rows = scores.data(given)
    assert [row["equal_error"] for row in rows] == sorted(row["equal_error"] for row in rows)
    first = given.records[0]
    row = next(row for row in rows if row["records"] == [first.id])
    edges = np.linspace(row["low"], row["high"], scores.BINS + 1)
    inside = np.histogram(np.clip(first.same, edges[0], edges[-1]), edges)[0] / len(first.same)
    assert row["same"] == pytest.approx(inside, abs=1e-6)
    assert sum(row["different"]) == pytest.approx(1, abs=1e-4)
    seeds = [one for one in given.records if one.spec.method == first.spec.method]
    errors = [equal_error_rate(one.same, one.different) for one in seeds]
    assert row["equal_error"] == pytest.approx(np.mean(errors), abs=1e-6)
    assert row["thresholds"] == first.points


def test_the_smallest_scores_keep_their_bins_and_thresholds(given):
    first = given.records[0]
    tiny = {kind: [1e-9 * one for one in getattr(first, kind)] for kind in ("same", "different")}
    points = {name: 1e-9 * value for name, value in first.points.items()}
    (row,) = scores.data(replace(given, records=[replace(first, points=points, **tiny)]))
    assert row["thresholds"] == pytest.approx(points, rel=1e-5)
    assert row["low"] < row["high"]


def test_six_panels_are_of_the_best_and_of_a_method_without_training(given):
    figure = scores.draw(scores.data(given), PLAIN)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert len(titles) == 6
    assert titles[-1].startswith("pixels")


def test_equal_scores_have_a_bin(given):
    flat = [replace(one, same=[1.0] * 3, different=[1.0] * 2) for one in given.records[:1]]
    (row,) = scores.data(replace(given, records=flat))
    assert sum(row["same"]) == sum(row["different"]) == 1
