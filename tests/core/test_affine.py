"""Affine maps: Koch's ranges and chances."""

import math

import pytest
import torch

from fewshot.core.affine import affine_matrices
from fewshot.core.rng import random_bits, uniform


def drawn(number: int, each: int) -> torch.Tensor:
    """The uniform random numbers of the images of so many tasks."""
    return uniform(random_bits(0, "affine", torch.arange(number), each * 14)).unflatten(1, (each, 14))


def component(matrix: list[list[float]]) -> tuple[str, float] | None:
    """Which one distortion a matrix is, and how much (degrees, shear, scale, pixels of 105); None if it is several."""

    def near(*pairs: tuple[float, float]) -> bool:
        return all(abs(left - right) < 1e-6 for left, right in pairs)

    (a, b, x), (c, d, y) = matrix
    if near((a, 1), (b, 0), (c, 0), (d, 1)):
        if near((x, 0)):
            return ("nothing", 0.0) if near((y, 0)) else ("shift y", y * 105 / 2)
        return ("shift x", x * 105 / 2) if near((y, 0)) else None
    if not near((x, 0), (y, 0)):
        return None
    if near((b, 0), (c, 0), (d, 1)):
        return "scale x", 1 / a
    if near((b, 0), (c, 0), (a, 1)):
        return "scale y", 1 / d
    if near((a, 1), (d, 1), (c, 0)):
        return "shear x", b
    if near((a, 1), (d, 1), (b, 0)):
        return "shear y", c
    if near((a, d), (b, -c), (a * a + c * c, 1)):
        return "angle", math.degrees(math.atan2(c, a))
    return None


def test_every_component_has_kochs_range_and_its_own_chance():
    found: dict[str, list[float]] = {}
    matrices = affine_matrices(drawn(400, 25), 0.1).flatten(0, 1).tolist()
    for matrix in matrices:
        if single := component(matrix):
            found.setdefault(single[0], []).append(single[1])
    assert len(found.pop("nothing")) / len(matrices) == pytest.approx(0.9**7, abs=0.02)
    ranges = {"angle": (-10, 10)} | {f"shift {axis}": (-2, 2) for axis in "xy"}
    ranges |= {f"shear {axis}": (-0.3, 0.3) for axis in "xy"} | {f"scale {axis}": (0.8, 1.2) for axis in "xy"}
    assert found.keys() == ranges.keys()
    for name, (least, most) in ranges.items():
        assert len(found[name]) / len(matrices) == pytest.approx(0.1 * 0.9**6, abs=0.01)
        slack = 0.03 * (most - least)
        assert least - 1e-3 <= min(found[name]) <= least + slack
        assert most - slack <= max(found[name]) <= most + 1e-3


def test_all_components_together_stay_within_their_ranges():
    for (a, b, x), (c, d, y) in affine_matrices(drawn(100, 20), 1.0).flatten(0, 1).tolist():
        assert max(abs(x), abs(y)) <= 4 / 105 + 1e-6
        area = a * d - b * c
        assert (1 - 0.3**2) / 1.2**2 - 1e-6 <= area <= (1 + 0.3**2) / 0.8**2 + 1e-6
        most = math.radians(10) + math.atan(0.3) + 1e-6
        assert abs(math.atan2(c, a)) <= most
        assert abs(math.atan2(-b, d)) <= most
