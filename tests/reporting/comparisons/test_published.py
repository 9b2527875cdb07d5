"""Published figures held against ours: the same task, the best that is like them, and the error of both."""

from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.statistics.roc import equal_error_rate, roc_area
from fewshot.records.answers import PairClasses
from fewshot.registry.lookup import make_part
from fewshot.reporting.comparisons.published import against_published, published_half
from fewshot.reporting.summary import summarise
from fewshot.reporting.table import make_table
from fewshot.reporting.tables.suite import check_table
from fewshot.suites.status import Status
from fewshot.suites.suite import read_suite, suite_files

SPECS = read_suite("tests/reporting/golden/suite.toml", seeds=2).specs


def test_a_figure_is_held_against_our_best_on_its_task(make_record):
    rows = summarise([replace(make_record(SPECS[i]), accuracy={"t": values}) for i, values in
                      ((0, [0.2, 0.4]), (2, [0.5, 0.7]))])  # fmt: skip
    held, none = against_published([{"method": "a", "task": "t", "accuracy": 50.0, "half_width": 3.0},
                       {"method": "a", "task": "u", "accuracy": 50.0}], rows)  # fmt: skip
    assert held.name == "contrastive(margin=8.0)"
    assert held.difference.mean == pytest.approx(0.1)
    assert held.difference.half == pytest.approx(np.hypot(held.ours.over_episodes("t").half, 0.03))
    assert (none.name, none.ours, none.difference) == ("", None, None)


def test_a_figure_is_held_against_an_ensemble_where_it_is_like_no_other(make_record):
    single = SPECS[0]
    whole = replace(single, members=(0, 1))
    rows = summarise([replace(make_record(spec), accuracy={"t": [values, values]}) for spec, values in
                      ((single, 0.3), (whole, 0.9))])  # fmt: skip
    item = {"method": "a", "task": "t", "accuracy": 50.0}
    held = against_published([item, item | {"like": {"method": rows[1].texts["method"]}}], rows)
    assert [one.ours for one in held] == rows
    assert held[1].name.startswith("2 × ")


def test_a_figure_carries_the_error_of_its_trials():
    assert published_half({"accuracy": 92.0, "trials": 400}) == pytest.approx(0.0266, abs=1e-4)
    assert published_half({"accuracy": 92.0, "trials": 400, "half_width": 1.0}) == 0.01
    assert published_half({"accuracy": 100.0, "trials": 400}) > 0
    assert published_half({"accuracy": 92.0}) is None


@pytest.mark.parametrize(
    ("value", "shown", "share"),
    [(96, "96.0", "0.9600"), (79.35, "79.35", "0.7935"), (0.0578, "0.0578", "0.000578"), (93.8, "93.8", "0.9380")],
)
def test_a_figure_has_the_digits_of_its_source(make_record, value, shown, share):
    record = make_record(SPECS[0])
    item = {"method": "a", "accuracy": value, "source": "s", "task": next(iter(record.accuracy)), "row": 0}
    table = make_table("", "", [record], [item])
    assert table.below[-1].lines[0][2] == shown
    assert table.tidy.lines[-1][table.tidy.header.index("accuracy")] == share


def test_a_figure_of_another_category_is_held_against_none(make_record):
    record = make_record(SPECS[0])
    item = {"method": "a", "accuracy": 50.0, "source": "s", "comparable": False}
    items = [item | {"task": task, "row": 0} for task in (next(iter(record.accuracy)), "equal error")]
    assert [(one.ours, one.difference) for one in against_published(items, summarise([record]))] == [(None, None)] * 2
    table = make_table("", "", [record], items)
    assert "difference" not in table.below[-1].header
    assert "of another category, so that no difference is given: a" in table.notes
    assert not any(note.startswith("difference:") for note in table.notes)
    with_protocols = summarise([replace(record, spec=replace(record.spec, protocol=one)) for one in (
        record.spec.protocol, make_part("protocols", "lake"))])  # fmt: skip
    assert against_published(items, with_protocols)[0].difference is None  # and no protocol has to be named


def test_the_least_equal_error_and_the_largest_area_are_held_against_published_ones(make_record):
    near, far = (make_record(SPECS[place]) for place in (0, 2))
    label, other = ([number % 6 for number in range(50)], [(number % 6, (number + 1) % 6) for number in range(50)])
    both = {"classes": tuple("abcdef"), "pair_classes": PairClasses(label, other), "answers": {}}
    records = [replace(near, **both), replace(far, **both, same=[one + 3 for one in far.same])]
    items = [{"method": "a", "task": "equal error", "accuracy": 10.0, "source": "s"},
             {"method": "a", "task": "ROC area", "accuracy": 90.0, "source": "s"}]  # fmt: skip
    error, area = against_published(items, summarise(records))
    assert error.ours is area.ours is not None
    assert error.ours.records == (records[1],)
    assert error.difference.mean == pytest.approx(equal_error_rate(records[1].same, far.different) - 0.1)
    assert 0 < error.difference.half == error.ours.over_pairs("equal error").half
    table = make_table("", "", records, items)
    assert table.below[-1].header[2:5] == ("figure", "ours", "difference")
    assert [line[3] for line in table.below[-1].lines] == [*reversed(table.ours.lines[1][-2:])]
    assert float(table.tidy.lines[-1][table.tidy.header.index("ours_accuracy")]) == pytest.approx(
        roc_area(records[1].same, far.different), abs=1e-4
    )


@pytest.mark.parametrize("name", suite_files())
def test_the_published_figures_of_every_suite_have_their_rows(name, tmp_path):
    check_table(Status(read_suite(name), {}, {}), tmp_path)
