"""Prototypical loss against loops, on sizes that all differ."""

from math import exp, log

import pytest
import torch

from fewshot.models.losses.prototypical import prototypical
from fewshot.models.similarities.cosine import cosine
from fewshot.models.similarities.squared_euclidean import squared_euclidean

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) / 2 for n in (SHOT, QUERY))


@pytest.mark.parametrize("learned_scale", [False, True])
def test_it_is_equation_2(learned_scale):
    support, query = embeddings()
    similarity = squared_euclidean((DIM,)).double()
    similarity.log_scale.data.fill_(log(0.3))
    similarity.bias.data.fill_(-2.0)  # cancels
    scale = 0.3 if learned_scale else 1.0
    terms = []
    for task in range(TASK):
        prototypes = [
            [sum(column) / SHOT for column in zip(*support[task, j].tolist(), strict=True)] for j in range(WAY)
        ]
        for i in range(WAY):
            for q in range(QUERY):
                one = query[task, i, q].tolist()
                square = [sum((a - b) ** 2 for a, b in zip(one, centre, strict=True)) for centre in prototypes]
                terms.append(-log(exp(-scale * square[i]) / sum(exp(-scale * d) for d in square)))
    assert len(terms) == TASK * WAY * QUERY
    found = prototypical(support, query, similarity, learned_scale=learned_scale)
    assert found.item() == pytest.approx(sum(terms) / len(terms), rel=1e-10)


def test_the_scale_learns_only_with_learned_scale():
    support, query = embeddings()
    for learned_scale in (False, True):
        similarity = cosine((DIM,)).double()
        prototypical(support.requires_grad_(), query, similarity, learned_scale=learned_scale).backward()
        assert (similarity.log_scale.grad is not None) == learned_scale
