"""Published figures held against ours: the same task, the best that is like them, and the error of both."""

from dataclasses import replace

import numpy as np
import pytest

from fewshot.reporting.comparisons.published import against_published, published_half
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import read_suite

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


def test_a_figure_carries_the_error_of_its_trials():
    assert published_half({"accuracy": 92.0, "trials": 400}) == pytest.approx(0.0266, abs=1e-4)
    assert published_half({"accuracy": 92.0, "trials": 400, "half_width": 1.0}) == 0.01
    assert published_half({"accuracy": 100.0, "trials": 400}) > 0
    assert published_half({"accuracy": 92.0}) is None
