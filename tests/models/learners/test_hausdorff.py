"""Modified Hausdorff distance against loops, and on the official trials."""

import numpy as np
import pytest
import torch

from fewshot.core.types import Tasks
from fewshot.data.datasets.omniglot import omniglot
from fewshot.evaluation.scorer import Scorer
from fewshot.models.learners.hausdorff import hausdorff
from fewshot.protocols import load_protocol
from fewshot.tasks.fixed import official


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Of two images, as Dubuisson and Jain (1994) write it: the larger of two mean distances to the nearest point."""
    sets = [np.argwhere(image > 0.5) for image in (one, other)]
    left, right = ([point - points.mean(0) for point in points] for points in sets)

    def directed(here, there):
        return sum(min(np.hypot(*(a - b)) for b in there) for a in here) / len(here)

    return max(directed(left, right), directed(right, left))


def test_it_is_the_distance_of_the_paper():
    draw = np.random.default_rng(0)
    density = draw.uniform(0.1, 0.6, (2, 3, 6, 1, 1, 1))  # images of few points and of many
    images = np.where(draw.random((2, 3, 6, 1, 9, 7)) < density, draw.uniform(0.6, 1, (2, 3, 6, 1, 9, 7)), 0.4)
    images[0, 0, 0] = 0
    images[0, 0, 0, 0, 8, 6] = 1  # one point
    support, query = torch.from_numpy(images).float().split([2, 4], dim=2)
    found = hausdorff().scores(Tasks(support, query, torch.arange(3).expand(2, 3)))
    expected = [
        [
            [
                [-np.mean([distance(images[t, w, 2 + q, 0], images[t, c, s, 0]) for s in range(2)]) for c in range(3)]
                for q in range(4)
            ]
            for w in range(3)
        ]
        for t in range(2)
    ]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float32), atol=1e-4, rtol=1e-4)


def test_an_image_is_as_near_to_itself_moved_as_to_itself():
    images = torch.zeros(1, 2, 1, 1, 9, 9)
    images[0, 0, 0, 0, 1:4, 2:5] = 1
    images[0, 1, 0, 0, 1:4, 2] = 1
    moved = images.roll((4, 3), (-2, -1))
    found = hausdorff().scores(Tasks(images, moved, torch.arange(2)[None]))
    torch.testing.assert_close(found.diagonal(dim1=1, dim2=3).flatten(), torch.zeros(2), atol=1e-6, rtol=0)
    assert found[0, 0, 0, 1] == found[0, 1, 0, 0] < -0.1


def test_an_image_without_ink_is_one_point_in_the_middle():
    empty, full = torch.zeros(1, 2, 1, 1, 9, 9), torch.zeros(1, 2, 1, 1, 9, 9)
    full[0, 0, 0, 0, 4, 3:6] = 1
    found = hausdorff().scores(Tasks(empty, full, torch.arange(2)[None]))
    torch.testing.assert_close(found[0, :, 0], torch.tensor([[-2 / 3, -2 / 3], [0, 0]]))


@pytest.mark.slow
def test_the_official_trials(omniglot_data):
    """38.75 % wrong, that is 245 of 400 right, in the data set's own demonstration (Lake et al. 2015)."""
    bank = omniglot(load_protocol("lake").classes["test"], 105, omniglot_data)
    trials = official(bank)
    with torch.inference_mode():
        found = Scorer(hausdorff(), bank).accuracies(trials)
    assert round(sum(found) * 20) == 245
