from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.stats import Interval
from fewshot.reporting.comparisons import against_published, not_worse_than_best, signed
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import read_suite

SPECS = read_suite("tests/reporting/golden/suite.toml", seeds=2).specs


def test_a_row_is_the_mean_over_seeds_of_each_episode(make_record):
    records = [make_record(spec, seed=number) for number, spec in enumerate(SPECS[:3])]
    first, second = summarise(records)
    both = np.array([record.accuracy["20-way 1-shot"] for record in records[:2]])
    assert first.accuracy["20-way 1-shot"] == pytest.approx(both.mean(0))
    assert first.by_seed["20-way 1-shot"] == pytest.approx(both.mean(1))
    assert [len(method.records) for method in (first, second)] == [2, 1]


def test_a_method_has_the_seeds_without_a_record_and_why(make_record):
    records = [make_record(SPECS[0]), make_record(SPECS[2])]
    missing = [(SPECS[4], "missing"), (SPECS[1], "missing"), (SPECS[5], "failed: no memory")]
    first, second, third = summarise(records, missing)
    assert (first.missing, first.why) == (((1, "missing"),), "")
    assert (second.spec, second.missing) == (SPECS[2], ())
    assert (third.spec, third.records, third.why) == (SPECS[4], (), "failed: no memory")
    assert third.accuracy == {}


def test_a_method_like_the_best_is_marked_and_a_worse_one_is_not():
    draw = np.random.default_rng(0)
    best = draw.normal(0.9, 0.05, 200)
    assert not_worse_than_best([best, best - 0.05, best + draw.normal(0, 0.01, 200) - 1e-4]) == [True, False, True]
    assert not_worse_than_best([best]) == [True]


def test_a_figure_is_held_against_our_best_on_its_task(make_record):
    rows = summarise([replace(make_record(SPECS[i]), accuracy={"t": values}) for i, values in
                      ((0, [0.2, 0.4]), (2, [0.5, 0.7]))])  # fmt: skip
    held, none = against_published([{"method": "a", "task": "t", "accuracy": 50.0, "half_width": 3.0},
                       {"method": "a", "task": "u", "accuracy": 50.0}], rows)  # fmt: skip
    assert held.name == "contrastive(margin=8.0)"
    assert held.difference.mean == pytest.approx(0.1)
    assert held.difference.half == pytest.approx(np.hypot(held.ours.half, 0.03))
    assert (none.name, none.ours, none.difference) == ("", None, None)


@pytest.mark.parametrize(("mean", "text"), [(0.0152, "+1.5 ± 1.0"), (-0.0152, "−1.5 ± 1.0"), (-0.0001, "+0.0 ± 1.0")])
def test_a_difference_has_its_sign(mean, text):
    assert signed(Interval(mean, 0.01, 20)) == text
