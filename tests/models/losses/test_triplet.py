"""Triplet loss against loops, on sizes that all differ."""

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.models.losses.triplet import triplet
from fewshot.models.similarities.euclidean import euclidean

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))


def distances(support, query, task, i, q) -> tuple[list[float], list[float]]:
    """From one query to the supports of its class, and to all others."""
    own, other = [], []
    for j in range(WAY):
        for s in range(SHOT):
            left, right = query[task, i, q].tolist(), support[task, j, s].tolist()
            distance = sum((a - b) ** 2 for a, b in zip(left, right, strict=True)) ** 0.5
            (own if i == j else other).append(distance)
    return own, other


@pytest.mark.parametrize("margin", [0.2, 1.0, 6.0])
@pytest.mark.parametrize("mining", ["all", "active", "hardest"])
def test_it_is_the_mean_hinge_over_its_triplets(margin, mining):
    support, query = embeddings()
    terms = []
    for task in range(TASK):
        for i in range(WAY):
            for q in range(QUERY):
                own, other = distances(support, query, task, i, q)
                if mining == "hardest":
                    own, other = [max(own)], [min(other)]
                terms += [max(0.0, near - far + margin) for near in own for far in other]
    assert len(terms) == TASK * WAY * QUERY * (1 if mining == "hardest" else SHOT * (WAY - 1) * SHOT)
    terms = [term for term in terms if term > 0 or mining != "active"]
    found = triplet(support, query, euclidean((DIM,)), margin=margin, mining=mining)
    assert found.item() == pytest.approx(sum(terms) / len(terms), rel=1e-5)


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
