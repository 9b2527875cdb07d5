from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.statistics.intervals import Interval
from fewshot.reporting.comparisons import against_published, not_worse_than_best, signed
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import read_suite

SPECS = read_suite("tests/reporting/golden/suite.toml", seeds=2).specs


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
