"""The values that a search tries."""

import math

import numpy as np
import pytest
from scipy.stats import qmc

from fewshot.core.errors import RequestError
from fewshot.suites.search.points import BITS, DIMENSIONS, MOST, Range, points, sobol

RATES = Range(1e-3, 3.2e-2, "log")
MARGINS = Range(0.5, 4.0)

# Committed, as ids of records hang on them: another version of scipy or numpy must give the same.
TWELVE = [
    (0.0126, 1.64), (0.00223, 3.39), (0.00529, 0.769), (0.0299, 2.52), (0.0194, 1.21), (0.00343, 2.96),
    (0.00144, 2.08), (0.00816, 3.83), (0.00657, 0.55), (0.00116, 2.3), (0.00276, 1.43), (0.0156, 3.18),
]  # fmt: skip


def test_the_points_of_ranges_are_the_same_on_every_machine():
    found = points({"rate": RATES, "margin": MARGINS}, 12)
    assert [(point["rate"], point["margin"]) for point in found] == TWELVE
    assert sobol(3)[:, -1].tolist() == [0.836471117567271, 0.336471117567271, 0.586471117567271]


def test_more_points_begin_with_fewer_and_more_keys_with_the_same_values():
    some = points({"rate": RATES, "margin": MARGINS}, 12)
    assert points({"rate": RATES, "margin": MARGINS}, 5) == some[:5]
    assert [point["rate"] for point in points({"rate": RATES}, 12)] == [point["rate"] for point in some]
    assert [point["rate"] for point in points({"rate": RATES, "x": MARGINS, "y": MARGINS}, 12)] == [
        point["rate"] for point in some
    ]


def test_the_sequence_is_that_of_scipy_but_for_one_shift():
    plain = (qmc.Sobol(DIMENSIONS, scramble=False).random_base2(10) * 2**BITS).astype(int)
    ours = (sobol(1024) * 2**BITS).astype(int)
    assert (ours ^ plain == ours[0]).all()
    assert np.array_equal(sobol(100), sobol(1024)[:100])


def test_each_dimension_has_a_point_in_every_part_of_its_span():
    found = sobol(64)
    assert found.shape == (64, DIMENSIONS)
    assert ((found > 0) & (found < 1)).all()
    for column in found.T:
        assert np.bincount((column * 64).astype(int), minlength=64).tolist() == [1] * 64


def test_lists_alone_make_every_combination():
    keys = {"rate": [3, 1], "mining": ["all", "hardest"]}
    everything = [(3, "all"), (3, "hardest"), (1, "all"), (1, "hardest")]
    for number in (None, 4, 12):
        assert [(point["rate"], point["mining"]) for point in points(keys, number)] == everything


def test_fewer_points_than_combinations_try_each_value_of_a_list_equally_often():
    found = points({"rate": [1, 2, 3], "batch": [1, 2]}, 3)
    assert sorted(point["rate"] for point in found) == [1, 2, 3]
    mixed = points({"rate": RATES, "optimiser": ["sgd", "adamw"], "batch": [1, 2, 4]}, 12)
    assert len(mixed) == 12
    for key, each in (("optimiser", 6), ("batch", 4)):
        values = [point[key] for point in mixed]
        assert {values.count(value) for value in values} == {each}


def test_whole_numbers_are_all_met_and_no_point_twice():
    found = [point["shots"] for point in points({"shots": Range(1, 4, whole=True)}, 100)]
    assert sorted(found) == [1, 2, 3, 4]
    assert all(type(value) is int for value in found)
    steep = [point["width"] for point in points({"width": Range(8, 512, "log", whole=True)}, 64)]
    assert min(steep) >= 8
    assert max(steep) <= 512
    assert 60 < sorted(steep)[len(steep) // 2] < 90  # 64 is in the middle of the scale


def test_a_value_has_three_digits_and_lies_within_its_range():
    narrow = Range(1.23456, 1.23457)
    assert [narrow.at(share) for share in (0.0, 0.5, 1.0)] == [1.23456, 1.23456, 1.23456]
    assert RATES.at(0.5) == 0.00566
    assert Range(1e-300, 1e300, "log").at(0.5) == 1.0
    assert Range(0, 1).at(1 / 3) == 0.333


@pytest.mark.parametrize(
    ("ends", "where", "message"),
    [
        ((2, 1), "low", "low: expected less than high, 1, got 2"),
        ((1, 1), "low", "expected less than high"),
        ((0, 1, "log"), "low", 'expected a number above 0 on the scale "log", got 0'),
        ((math.nan, 1), "low", "low: expected a finite number, got nan"),
        ((0, math.inf), "high", "high: expected a finite number, got inf"),
        ((0, 10**400), "high", "high: expected a finite number"),
        ((0, "1"), "high", "high: expected a finite number, got '1'"),
        ((False, 1), "low", "low: expected a finite number, got False"),
        ((1, 2.5, "linear", True), "high", "high: expected a whole number, got 2.5"),
        ((1, 2, "logarithmic"), "scale", "scale: expected one of linear, log, got 'logarithmic'"),
    ],
)
def test_ends_that_are_no_range_are_refused(ends, where, message):
    with pytest.raises(RequestError, match=message) as refused:
        Range(*ends)
    assert refused.value.where == (where,)


def test_as_many_points_as_may_be():
    assert len(points({"rate": RATES, "margin": MARGINS}, MOST)) == MOST
