"""Each similarity against loops, on sizes that all differ."""

import math

import numpy as np
import pytest
import torch

from fewshot.models.similarities.cosine import cosine
from fewshot.models.similarities.deformable import deformable
from fewshot.models.similarities.euclidean import euclidean
from fewshot.models.similarities.squared_euclidean import squared_euclidean
from fewshot.models.similarities.weighted_l1 import weighted_l1

TASK, LEFT, RIGHT, DIM = 2, 3, 5, 7
ALPHA = np.linspace(-1, 2, DIM)

DISTANCE = {
    cosine: lambda a, b: 1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b)),
    euclidean: lambda a, b: np.linalg.norm(a - b),
    squared_euclidean: lambda a, b: ((a - b) ** 2).sum(),
    weighted_l1: lambda a, b: (abs(ALPHA) * abs(a - b)).sum(),
}


@pytest.fixture(params=DISTANCE, ids=lambda make: make.__name__)
def make(request):
    return request.param


def made(make):
    similarity = make((DIM,)).double()
    if make is weighted_l1:
        similarity.alpha.data = torch.from_numpy(ALPHA)
    return similarity


def test_the_distance(make):
    draw = np.random.default_rng(0)
    left, right = draw.normal(size=(TASK, LEFT, DIM)), draw.normal(size=(TASK, RIGHT, DIM))
    expected = [[[DISTANCE[make](a, b) for b in right[t]] for a in left[t]] for t in range(TASK)]
    similarity = made(make)
    found = similarity.distance(torch.from_numpy(left), torch.from_numpy(right))
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-6, atol=2e-6)
    assert torch.equal(similarity.score(torch.from_numpy(left), torch.from_numpy(right)), -found)


@pytest.mark.parametrize(("make", "scale"), [(cosine, 10.0), (euclidean, 1.0), (squared_euclidean, 1.0)])
def test_the_logit_is_a_learned_scale_and_bias_of_the_score(make, scale):
    similarity, left, right = make((DIM,)), torch.rand(LEFT, DIM), torch.rand(RIGHT, DIM)
    score = similarity.score(left, right)
    torch.testing.assert_close(similarity.logit(left, right), scale * score)
    similarity.log_scale.data.fill_(math.log(3.0))
    similarity.bias.data.fill_(0.5)
    torch.testing.assert_close(similarity.logit(left, right), 3 * score + 0.5)


def test_the_scale_of_the_cosine_is_an_option():
    left, right = torch.rand(LEFT, DIM), torch.rand(RIGHT, DIM)
    similarity = cosine((DIM,), scale=2.0)
    torch.testing.assert_close(similarity.logit(left, right), 2 * similarity.score(left, right))


def test_the_logit_of_the_weighted_l1_is_its_bias_less_the_distance():
    similarity, left, right = weighted_l1((DIM,)), torch.rand(LEFT, DIM), torch.rand(RIGHT, DIM)
    similarity.bias.data.fill_(0.5)
    torch.testing.assert_close(similarity.logit(left, right), 0.5 - similarity.distance(left, right))
    assert {name for name, _ in similarity.named_parameters()} == {"alpha", "bias"}


def test_the_weights_fit_maps_that_travel_flat():
    assert weighted_l1((2, 3, 4)).distance(torch.rand(LEFT, 24), torch.rand(RIGHT, 24)).shape == (LEFT, RIGHT)


def test_small_euclidean_distances_keep_their_digits():
    """By the binomial formula in float32 these would be lost."""
    left = torch.full((1, DIM), 30.0)
    right = left + torch.tensor([[1e-3] + [0] * (DIM - 1)])
    expected = (right - left).norm().item()
    assert euclidean((DIM,)).distance(left, right).item() == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("make", [cosine, euclidean, squared_euclidean, deformable])
def test_a_fixed_scale_is_not_learned(make):
    assert [make((2, 3, 4), learned=one).log_scale.requires_grad for one in (True, False)] == [True, False]


@pytest.mark.parametrize(("make", "by"), [(euclidean, 24**0.5), (deformable, 24**0.5), (squared_euclidean, 24)])
def test_a_scale_per_dimension(make, by):
    assert make((2, 3, 4), scale=0.5, per_dimension=True).log_scale.exp().item() == pytest.approx(0.5 / by)
