"""Thresholds by hand, and their rates on the pairs that they are chosen on."""

import numpy as np
import pytest

from fewshot.core.statistics.operating_points import POINTS, Chosen, choose, choose_points
from fewshot.core.statistics.roc import fnmr_at


@pytest.mark.parametrize(
    ("same", "different", "points"),
    [
        ([2, 3], [0, 1], (1.5, 1.5, 1.5, 1.5)),
        ([0, 1], [2, 3], (1.5, 3.5, 3.5, 3.5)),
        ([5, 5], [5], (4.5, 5.5, 5.5, 5.5)),
        ([1, 4], [*range(-9, 1), 2], (0.5, 0.5, 3, 3)),
        ([4, -np.inf], [0, 2], (1, 3, 3, 3)),
        ([0, 2], [-1, -1, 1], (0.5, 1.5, 1.5, 1.5)),
        ([0, 3, 3, 3], [-1, -1, 2, 2], (2.5, 2.5, 2.5, 2.5)),
        ([1, 2], [3, 4], (2.5, 4.5, 4.5, 4.5)),
    ],
    ids=[
        "perfect",
        "always wrong",
        "constant",
        "one false match of eleven",
        "a failure to acquire",
        "equal gaps",
        "equal gaps, fewer errors at the higher",
        "beyond scores that do not begin at 0",
    ],
)
def test_points_by_hand(same, different, points):
    assert tuple(choose_points(same, different).values()) == points


def test_a_point_has_the_fnmr_at_its_fmr_on_its_own_pairs():
    draw = np.random.default_rng(0)
    same, different = draw.normal(1.5, 1, 900).round(1), draw.normal(0, 1, 1500).round(1)
    points = choose_points(same, different)
    for name, fmr in POINTS.items():
        if fmr:
            assert (different >= points[name]).mean() <= fmr
            assert (same < points[name]).mean() == fnmr_at(same, different, fmr)
    assert (same < points["eer"]).mean() == pytest.approx((different >= points["eer"]).mean(), abs=0.02)


def test_nothing_is_chosen_without_pairs_of_both_kinds():
    assert choose([2, 3], []) == choose([], [2, 3]) == choose([2], [-np.inf]) == Chosen()


def test_chosen_numbers_have_so_many_digits():
    found = choose([1, 3 + 1e-12], [0, 2 + 1e-12], chosen_by="us")
    assert found.points == {"eer": 1.5, "fmr=0.1": 2.5, "fmr=0.01": 2.5, "fmr=0.001": 2.5}
    assert found.chosen_by == "us"
    assert choose([1, 3 + 1e-12], [0, 2 + 1e-12], digits=17).points["fmr=0.1"] == 2.5 + 1e-12
