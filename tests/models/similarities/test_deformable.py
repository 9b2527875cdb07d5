"""Distances of maps that may be deformed, against plain loops on sizes that all differ."""

import numpy as np
import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.models.similarities import deformable as module
from fewshot.models.similarities.deformable import deformable

TASK, LEFT, RIGHT, SHAPE = 2, 3, 4, (7, 3, 5)


def by_loops(left: np.ndarray, right: np.ndarray, radius: int) -> float:
    total, (_, height, width) = 0.0, SHAPE
    for here, there in ((left, right), (right, left)):
        for row in range(height):
            for column in range(width):
                near = [
                    ((here[:, row, column] - there[:, other_row, other_column]) ** 2).sum()
                    for other_row in range(height)
                    for other_column in range(width)
                    if abs(other_row - row) <= radius and abs(other_column - column) <= radius
                ]
                total += min(near) / 2
    return total**0.5


def drawn() -> tuple[torch.Tensor, torch.Tensor]:
    draw = np.random.default_rng(0)
    return tuple(torch.from_numpy(draw.normal(size=(TASK, count, np.prod(SHAPE)))) for count in (LEFT, RIGHT))


@pytest.mark.parametrize("radius", [0, 1, 2, 9])
@pytest.mark.parametrize("most", [1, module.MOST])
def test_each_place_meets_the_likest_near_it(radius, most, monkeypatch):
    monkeypatch.setattr(module, "MOST", most)  # in parts of one image, or whole
    left, right = drawn()
    maps = [[image.reshape(SHAPE).numpy() for task in side for image in task] for side in (left, right)]
    expected = np.array([[by_loops(a, b, radius) for b in maps[1]] for a in maps[0]])
    expected = expected.reshape(TASK, LEFT, TASK, RIGHT)[range(TASK), :, range(TASK)]
    found = deformable(SHAPE, radius=radius).double().distance(left, right)
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-6, atol=2e-6)


def test_a_drawing_that_moved_by_the_radius_is_the_same():
    maps = torch.zeros(2, 1, 4, 6)
    maps[0, 0, 1, 2] = maps[1, 0, 2, 3] = 1.0
    left, right = maps.flatten(1).double().split(1)
    assert deformable((1, 4, 6), radius=1).distance(left, right) == pytest.approx(0, abs=1e-6)
    assert deformable((1, 4, 6), radius=0).distance(left, right) == pytest.approx(2**0.5, abs=1e-5)


def test_an_embedding_that_is_no_map_has_the_euclidean_distance():
    left, right = drawn()
    found = deformable((left.shape[-1],)).distance(left, right)
    torch.testing.assert_close(found, torch.cdist(left, right), rtol=0, atol=2e-6)


@pytest.mark.parametrize("given", [{"radius": -1}, {"scale": 0.0}])
def test_options_without_a_meaning_are_refused(given):
    with pytest.raises(RequestError):
        deformable(SHAPE, **given)
