import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fewshot.stats import t_interval
from fewshot.suites import read_suite
from fewshot.tables import FORMATS, describe, make_table, render, summarise, told_apart

GOLDEN = Path(__file__).parent / "golden"
SUITE = read_suite(str(GOLDEN / "suite.toml"), seeds=2)


@pytest.fixture
def records(make_record):
    """Two seeds of two losses and the pixel row; accuracies from a fixed generator."""
    specs = [*SUITE.only(["loss=triplet", "loss=contrastive"]).specs, SUITE.specs[-1]]
    return [make_record(spec, seed=number) for number, spec in enumerate(specs)]


@pytest.mark.parametrize("form", FORMATS)
def test_a_table_of_stored_records_is_this_text(records, form):
    published = [{"method": "people", "task": "20-way 1-shot", "accuracy": 95.5, "source": "a paper"}]
    table = make_table(
        "A title", "a note", records, published, test_evaluations=5, missing=[(SUITE.specs[0], "missing")]
    )
    assert render(table, form) == (GOLDEN / f"table.{form}").read_text(encoding="utf-8")


def test_cells_are_intervals_over_episodes_of_the_seed_averaged_accuracy(records):
    row = summarise(records)[0]
    both = np.array([record.accuracy["20-way 1-shot"] for record in records[:2]])
    table = make_table("", "", records)
    cell = table.ours.lines[0][table.ours.header.index("20-way 1-shot (n = 40)")]
    assert cell.rstrip("*") == str(t_interval(both.mean(0)))
    assert row.by_seed["20-way 1-shot"] == pytest.approx(both.mean(1))
    spread = 100 * both.mean(1).std(ddof=1)
    assert table.ours.lines[0][-3] == f"{spread:.1f} (n = 2)"


def test_a_method_like_the_best_is_marked_and_a_worse_one_is_not():
    draw = np.random.default_rng(0)
    best = draw.normal(0.9, 0.05, 200)
    assert told_apart([best, best - 0.05, best + draw.normal(0, 0.01, 200) - 1e-4]) == [True, False, True]
    assert told_apart([best]) == [True]


def test_the_order_of_records_does_not_change_a_cell(records):
    one, other = make_table("", "", records), make_table("", "", records[::-1])
    assert sorted(one.ours.lines) == sorted(other.ours.lines)


def test_one_seed_has_no_deviation_column(records):
    assert "sd over seeds" not in make_table("", "", records[::2]).ours.header


def test_csv_reads_back(records):
    table = make_table("", "", records)
    rows = list(csv.reader(io.StringIO(render(table, "csv"))))
    assert rows[0] == list(table.tidy.header)
    assert len(rows) == 1 + 2 * len(table.ours.lines)  # two kinds of task
    assert {float(row[rows[0].index("accuracy")]) for row in rows[1:]} <= set(np.arange(10001) / 10000)


def test_only_options_that_are_not_the_default_are_shown():
    spec = SUITE.specs[0]
    wide = replace(spec, backbone=replace(spec.backbone, options={"widths": [8, 8, 8, 8]}))
    assert describe(spec)[:3] == ("verification", "weighted_l1", "conv4")
    assert describe(wide)[2] == "conv4(widths=[8, 8, 8, 8])"


def test_a_table_without_records_says_so():
    assert "no cell has a record yet" in render(make_table("A title", "", [], missing=[]), "text")
