"""Heads that are fitted to a task's supports, against loops and against SGD on a layer of torch."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from fewshot.evaluation import accuracy
from fewshot.heads import BATCH, DECAY, RATE, SCALE, STEPS, cosine_head, linear_head

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))


def fitted(layer: nn.Module, images: torch.Tensor, label: torch.Tensor) -> None:
    """Full-batch SGD as the heads promise it: the steps of an epoch at once, the gradient summed over images."""
    epochs = len(images) / BATCH
    optimiser = torch.optim.SGD(layer.parameters(), lr=RATE, weight_decay=epochs * DECAY)
    for _ in range(STEPS):
        optimiser.zero_grad()
        (cross_entropy(layer(images), label, reduction="sum") / BATCH).backward()
        optimiser.step()


def test_the_linear_head_is_sgd_on_a_linear_layer():
    support, query = embeddings()
    found, label = linear_head(support, query), torch.arange(WAY).repeat_interleave(SHOT)
    assert found.shape == (TASK, WAY, QUERY, WAY)
    for task in range(TASK):
        layer = nn.Linear(DIM, WAY).double()
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
        fitted(layer, support[task].flatten(0, 1), label)
        torch.testing.assert_close(found[task], layer(query[task]))


class Cosines(nn.Module):
    """Scaled cosines to vectors that start at the mean directions."""

    def __init__(self, start: torch.Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(start)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return SCALE * normalize(images, dim=-1) @ normalize(self.weight, dim=-1).mT


def test_the_cosine_head_is_sgd_on_vectors():
    support, query = embeddings()
    found, label = cosine_head(support, query), torch.arange(WAY).repeat_interleave(SHOT)
    assert found.shape == (TASK, WAY, QUERY, WAY)
    for task in range(TASK):
        layer = Cosines(normalize(support[task], dim=-1).mean(1))
        fitted(layer, support[task].flatten(0, 1), label)
        torch.testing.assert_close(found[task], layer(query[task]))


@pytest.mark.parametrize("head", [linear_head, cosine_head])
def test_it_learns_the_supports_and_needs_no_gradients(head):
    support, _ = embeddings()
    apart = support + 4 * torch.eye(WAY, DIM, dtype=torch.float64)[:, None]
    with torch.inference_mode():
        scores = head(apart, apart)
    assert torch.equal(scores.argmax(-1), torch.arange(WAY)[None, :, None].expand(TASK, WAY, SHOT))


@pytest.mark.parametrize("head", [linear_head, cosine_head])
def test_a_query_is_scored_on_its_own(head):
    support, query = embeddings()
    torch.testing.assert_close(head(support, query)[:, :, 1:2], head(support, query[:, :, 1:2]))


@pytest.mark.parametrize("head", [linear_head, cosine_head])
def test_a_constant_embedding_is_right_by_chance(head):
    same = torch.ones(TASK, WAY, SHOT, DIM)
    torch.testing.assert_close(accuracy(head(same, same)), torch.full((TASK,), 1 / WAY, dtype=torch.float64))
