import io
from dataclasses import replace

import numpy as np
import pandas
import pytest
from probes import with_answers, with_gallery

from fewshot.core.statistics.crossed import crossed_interval
from fewshot.core.statistics.intervals import t_interval
from fewshot.reporting import tidy
from fewshot.reporting.comparisons.units import units_of
from fewshot.reporting.render import render
from fewshot.reporting.table import make_table
from fewshot.reporting.tidy import results
from fewshot.suites.suite import read_suite

SPECS = read_suite("tests/reporting/golden/suite.toml", seeds=2).specs
PUBLISHED = [{"method": "people", "task": "20-way 1-shot", "accuracy": 95.5, "half_width": 1.0, "source": "a, paper"}]


def test_intervals_are_those_of_episodes_and_of_classes(make_record, monkeypatch):
    task = "20-way 1-shot"
    records = [with_answers(with_gallery(make_record(spec, seed=number))) for number, spec in enumerate(SPECS[:2])]
    monkeypatch.setattr(tidy, "records_below", lambda folder: records)
    frame = results().query("task == @task")
    for record, row in zip(records, frame.itertuples(), strict=True):
        assert row.half_width == pytest.approx(t_interval(record.accuracy[task]).half)
        assert row.half_width_classes == pytest.approx(crossed_interval(units_of([record], task).values).half)
    table = make_table("", "", records)
    (line,) = pandas.read_csv(io.StringIO(render(table, "csv"))).query("task == @task").itertuples()
    means = np.mean([record.accuracy[task] for record in records], 0)
    half = crossed_interval(units_of(records, task).values).half
    for name, expected in (
        ("half_width", t_interval(means).half),
        ("half_width_classes", half),
        ("low_classes", means.mean() - half),
        ("high_classes", means.mean() + half),
    ):
        assert getattr(line, name) == pytest.approx(expected, abs=1e-4), name


@pytest.fixture
def frame(make_record):
    """What pandas reads: two seeds of a loss, one of another, pixels, a failure and a published figure."""
    records = [make_record(spec, seed=number) for number, spec in enumerate([*SPECS[:3], SPECS[-1]])]
    table = make_table("", "", records, PUBLISHED, missing=[(SPECS[4], 'failed: a "b",\nc')])
    return pandas.read_csv(io.StringIO(render(table, "csv")))


def test_pandas_reads_numbers_as_numbers(frame):
    assert len(frame) == 2 * 3 + 1 + 1
    for name in ("px", "steps", "learning_rate", "accuracy", "half_width", "n", "seeds", "roc_area", "difference"):
        assert frame[name].dtype.kind in "fi", name
    assert frame.steps.max() == 600
    assert frame.learning_rate.max() == 0.001
    assert not (frame == "–").any().any()
    assert frame.accuracy.dropna().between(0, 1).all()


def test_every_figure_says_whether_it_is_there(frame):
    assert list(frame.status.unique()) == ["recorded", 'failed: a "b", c', "published"]
    assert list(frame.seeds.dropna()) == [2, 2, 1, 1, 1, 1]
    assert list(frame.sd_over_seeds.notna()) == [True, True] + [False] * 6


def test_a_raised_revision_has_a_column(frame, make_record):
    assert "revision" not in frame
    both = make_table("", "", [make_record(SPECS[-1]), make_record(replace(SPECS[-1], revision=2))])
    assert {*pandas.read_csv(io.StringIO(render(both, "csv"))).revision} == {1, 2}


def test_published_figures_have_their_differences(frame):
    (people,) = frame[frame.status == "published"].itertuples()
    ours = frame[(frame.status == "recorded") & (frame.task == people.task)]
    best = ours.loc[ours.accuracy.idxmax()]
    assert (people.ours, people.ours_accuracy) == (best.method, best.accuracy)
    assert people.difference == pytest.approx(best.accuracy - 0.955, abs=2e-4)
    assert people.difference_half_width == pytest.approx((best.half_width**2 + 0.01**2) ** 0.5, abs=2e-4)
