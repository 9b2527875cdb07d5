"""Centred, blurred images against scipy, and on the official trials."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from fewshot.core.types import Tasks
from fewshot.data.datasets.omniglot import omniglot
from fewshot.evaluation.scorer import Scorer
from fewshot.models.learners.blur import blur
from fewshot.protocols import load_protocol
from fewshot.tasks.fixed import official


def test_it_is_centre_of_mass_then_a_gaussian():
    images = torch.zeros(3, 1, 20, 17)
    draw = torch.Generator().manual_seed(0)
    images[:, :, 6:12, 4:9] = torch.rand(3, 1, 6, 5, generator=draw)
    found = blur(sigma=1.3).embed(images).view(3, 20, 17)
    for image, mine in zip(images[:, 0].double().numpy(), found, strict=True):
        shift = (np.array(image.shape) - 1) / 2 - ndimage.center_of_mass(image)
        centred = ndimage.shift(image, shift, order=1)
        expected = ndimage.gaussian_filter(centred, 1.3, mode="constant", truncate=6 / 1.3)
        torch.testing.assert_close(mine.double(), torch.from_numpy(expected), atol=1e-5, rtol=0)


def test_a_score_is_minus_a_mean_distance():
    support, query = torch.rand(2, 5, 3, 1, 9, 9), torch.rand(2, 5, 4, 1, 9, 9)
    learner, tasks = blur(), Tasks(support, query, torch.arange(5).expand(2, 5))
    apart = [(learner.embed(query[1, 2, 3][None]) - learner.embed(one[None])).norm() for one in support[1, 4]]
    torch.testing.assert_close(learner.scores(tasks)[1, 2, 3, 4], -sum(apart) / 3)


def test_where_an_image_lies_does_not_matter_and_an_empty_one_stays():
    images = torch.zeros(2, 1, 15, 15)
    images[0, 0, 5:8, 4:9] = 1
    torch.testing.assert_close(blur().embed(images.roll((3, 2), (-2, -1))), blur().embed(images), atol=1e-6, rtol=0)
    assert not blur().embed(images)[1].any()


@pytest.mark.slow
def test_the_official_trials(omniglot_data):
    """38.5 % wrong with another resizing (28 px, bilinear); 35 to 43 % was expected before the first look."""
    bank = omniglot(load_protocol("lake").classes["test"], 28, omniglot_data)
    with torch.inference_mode():
        found = Scorer(blur(), bank).accuracies(official(bank))
    assert 0.35 <= 1 - sum(found) / len(found) <= 0.43
