"""ROC area and OSCR of open-set tasks: hand-computed cases with ties, and the area under the curve point by point."""

from itertools import pairwise

import numpy as np
import pytest

from fewshot.core.statistics.open_set import open_set_area, open_set_classification_rate


def row(values) -> np.ndarray:
    return np.array([values], float)


@pytest.mark.parametrize(
    ("known", "right", "unknown", "area", "rate"),
    [
        ([3, 2], [1, 1], [1, 0], 1, 1),
        ([3, 2], [0, 0], [1, 0], 1, 0),  # told apart, and all of them wrong
        ([3, 2], [1, 0], [1, 0], 1, 1 / 2),  # no more than the accuracy
        ([0, 1], [1, 1], [2, 3], 0, 0),
        ([1, 1], [1, 1], [1, 1], 1 / 2, 1 / 2),  # all tie
        ([3, 2], [1, 0], [1, 2], 7 / 8, 1 / 2),
        ([3, 1], [0, 1], [2, 1], 5 / 8, 1 / 8),
        ([2, 2, 1, 0], [1, 1 / 2, 1, 0], [1], 5 / 8, (1 + 1 / 2 + 1 / 2) / 4),
    ],
)
def test_hand_computed_cases(known, right, unknown, area, rate):
    assert open_set_area(row(known), row(unknown)) == pytest.approx(area)
    assert open_set_classification_rate(row(known), row(right), row(unknown)) == pytest.approx(rate)


def area_under_curve(known: list[float], right: list[float], unknown: list[float]) -> float:
    """Dhamija et al. 2018, by trapezoids over falling thresholds; at each all that tie are accepted at once."""
    points = [(0.0, 0.0)]
    for threshold in sorted({*known, *unknown}, reverse=True):
        accepted = sum(one >= threshold for one in unknown) / len(unknown)
        correct = sum(own for score, own in zip(known, right, strict=True) if score >= threshold) / len(known)
        points.append((accepted, correct))
    return sum((x - a) * (y + b) / 2 for (a, b), (x, y) in pairwise(points))


def test_the_area_under_the_curve_point_by_point():
    draw = np.random.default_rng(0)
    known, unknown = (draw.integers(0, 6, (50, count)).astype(float) for count in (7, 4))
    right = draw.choice([0, 1 / 3, 1 / 2, 1], (50, 7))
    rate = open_set_classification_rate(known, right, unknown)
    assert rate == pytest.approx(
        [area_under_curve(*map(list, task)) for task in zip(known, right, unknown, strict=True)]
    )
    area = open_set_area(known, unknown)
    ones = np.ones_like(right)
    assert area == pytest.approx(
        [area_under_curve(*map(list, task)) for task in zip(known, ones, unknown, strict=True)]
    )
    assert (rate <= np.minimum(area, right.mean(1)) + 1e-12).all()
