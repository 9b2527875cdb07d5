"""Triplet loss without an active triplet, its defaults and unknown options."""

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.models.losses.triplet import triplet
from fewshot.models.similarities.euclidean import euclidean

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))


def test_without_an_active_triplet_the_loss_is_0_and_its_gradient_finite():
    support, query = embeddings()
    apart = (support + 100 * torch.arange(WAY)[:, None, None]).requires_grad_()
    found = triplet(apart, query + 100 * torch.arange(WAY)[:, None, None], euclidean((DIM,)), mining="active")
    found.backward()
    assert found == 0 == apart.grad.abs().max()


def test_the_defaults():
    support, query = embeddings()
    similarity = euclidean((DIM,))
    assert torch.equal(
        triplet(support, query, similarity), triplet(support, query, similarity, margin=1.0, mining="all")
    )


def test_an_unknown_mining_is_refused():
    with pytest.raises(RequestError, match="unknown mining 'hard': did you mean hardest"):
        triplet(*embeddings(), euclidean((DIM,)), mining="hard")
