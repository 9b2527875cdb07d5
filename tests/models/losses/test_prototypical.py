"""Prototypical loss: what it learns beside embeddings."""

import torch

from fewshot.models.losses.prototypical import prototypical
from fewshot.models.similarities.cosine import cosine

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) / 2 for n in (SHOT, QUERY))


def test_the_scale_learns_only_with_learned_scale():
    support, query = embeddings()
    for learned_scale in (False, True):
        similarity = cosine((DIM,)).double()
        prototypical(support.requires_grad_(), query, similarity, learned_scale=learned_scale).backward()
        assert (similarity.log_scale.grad is not None) == learned_scale
