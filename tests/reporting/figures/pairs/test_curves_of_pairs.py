"""ROC, DET and galleries: means over trainings, at the same rates."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from probes import with_gallery
from scipy.special import ndtri

from fewshot.core.statistics.roc import equal_error_rate, fnmr_at, roc_area
from fewshot.records.answers import PairList
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import make_part
from fewshot.reporting.figures.draw import draw_figures, figure_module
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page.crowd import MARKS
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.suites.suite import Suite


def rows_of(name: str, suite: Suite, records: Sequence[RunRecord]) -> list[dict]:
    return figure_module(name).data(Given(suite, records))


def test_det_is_the_seeds_average_fnmr_at_the_same_fmr(suite, records):
    row = rows_of("det", suite, records)[0]
    assert len(row["fmr"]) == len(row["fnmr"]) == 101
    for place in (0, 40, 100):
        found = [fnmr_at(one.same, one.different, row["fmr"][place]) for one in records[:2]]
        assert row["fnmr"][place] == pytest.approx(np.mean(found), abs=1e-6)
    error = np.mean([equal_error_rate(one.same, one.different) for one in records[:2]])
    assert (row["said"], row["seeds"]) == (f"{100 * error:.1f}", 2)


def test_learners_that_score_a_pair_beside_another_class_have_no_curve(suite, records):
    adapts = replace(records[0].spec, similarity=None, loss=None, learner=make_part("learners", "maml"))
    rows = rows_of("roc", suite, [replace(records[0], spec=adapts), records[2]])
    assert [row["records"] for row in rows] == [[records[2].id]]


def test_identification_has_the_shares_by_rank_and_fnir_by_fpir_of_each_gallery(suite, records, tmp_path):
    several = [replace(one, identified=(*one.identified, *with_gallery(one, 5).identified)) for one in records[:2]]
    row, other = rows_of("identification", suite, several)
    assert (row["gallery"], other["gallery"], row["seeds"]) == ("G = 40, K = 1", "G = 40, K = 5", 2)
    ranks = np.array([one.identified[0].rank for one in several])
    for rank, share in zip(row["rank"], row["found"], strict=True):
        assert share == pytest.approx((ranks <= rank).mean(), abs=1e-6)
    for place in (0, 50, 100):
        each = [fnmr_at(one.identified[0].own, one.identified[0].other, row["fpir"][place]) for one in several]
        assert row["fnir"][place] == pytest.approx(np.mean(each), abs=1e-6)
    assert draw_figures(Given(suite, several), tmp_path, ["identification"])[0].exists()
    assert rows_of("identification", suite, [replace(one, identified=()) for one in records]) == []


@pytest.mark.parametrize("name", ["det", "roc"])
def test_points_chosen_on_val_are_marked_on_the_curves(name, suite, records):
    scored = [replace(one, points={}) for one in records]
    chosen = [replace(one, points={"eer": float(np.median(one.same + one.different))}) for one in scored]
    rows = rows_of(name, suite, chosen)
    for row, before in zip(rows, rows_of(name, suite, scored), strict=True):
        assert {key: value for key, value in row.items() if key != "points"} == before
        of = [one for one in chosen if one.id in row["records"]]
        rates = np.mean([_rates(one, one.points["eer"]) for one in of], 0)
        assert row["points"]["eer"] == pytest.approx(rates, abs=1e-6)
    axes, *_ = figure_module(name).draw(rows, PLAIN).axes
    marks = [line for line in axes.lines if line.get_linestyle() == "None" and len(line.get_xdata())]
    assert [len(line.get_xdata()) for line in marks] == [1] * len(rows)
    trained = [row for row in rows if row["network"]]
    best = min(trained, key=lambda row: row["equal_error"] if name == "det" else -row["area"])
    keys = ("fmr", "fnmr") if name == "det" else ("alarm", "hit")
    point, curve = np.array([*best["points"].values()]), np.transpose([best[key] for key in keys])
    if name == "det":
        point, curve = ndtri(point), ndtri(curve[((curve > 0) & (curve < 1)).all(1)])
    else:  # hits for false non-matches
        point, curve = 100 * np.abs(point - [0, 1]), 100 * curve
    np.testing.assert_allclose(axes.lines[1].get_xydata(), curve)
    np.testing.assert_allclose(axes.lines[2].get_xydata(), point)
    assert MARKS in [text.get_text().replace("\n", " ") for text in axes.get_legend().texts]


@pytest.mark.parametrize("name", ["det", "roc"])
def test_the_axis_of_false_matches_names_forgeries(name, suite, records):
    scored = [one for one in records if one.same]
    notes = [("",) * len(one.same) + ("forged",) * len(one.different) for one in scored]
    some = [replace(one, pair_list=PairList((), own)) for one, own in zip(scored, notes, strict=True)]
    labels = [figure_module(name).draw(rows_of(name, suite, each), PLAIN).axes[0].get_xlabel()
              for each in (scored, some)]  # fmt: skip
    assert [label.partition(" that ")[0].partition(" taken ")[0] for label in labels] == [
        "different pairs",
        "skilled forgeries",
    ]


def _rates(record: RunRecord, threshold: float) -> tuple[float, float]:
    same, different = np.array(record.same), np.array(record.different)
    return (different >= threshold).mean(), (same < threshold).mean()


def test_roc_is_the_seeds_average_at_the_same_false_alarms(suite, records):
    hits = figure_module("roc").hits
    same, different = [3.0, 2.0, 2.0, 0.5], [2.0, 1.0, 0.0, -1.0]
    assert hits(same, different, np.array([0.0, 0.125, 0.25, 0.5, 1.0])) == pytest.approx([0.25, 0.5, 0.75, 1, 1])
    assert hits([1.0, 1.0], [1.0, 1.0], np.array([0.0, 0.3, 1.0])) == pytest.approx([0, 0.3, 1])  # ties: chance
    row = rows_of("roc", suite, records)[0]
    two = [hits(record.same, record.different, np.array(row["alarm"])) for record in records[:2]]
    assert row["hit"] == pytest.approx(np.mean(two, 0), abs=1e-5)
    assert row["area"] == pytest.approx(np.mean([roc_area(one.same, one.different) for one in records[:2]]), abs=1e-6)
    fine = np.linspace(0, 1, 20_001)
    area = np.trapezoid(hits(records[0].same, records[0].different, fine), fine)
    assert area == pytest.approx(roc_area(records[0].same, records[0].different), abs=1e-3)
    assert len(row["alarm"]) <= 200
