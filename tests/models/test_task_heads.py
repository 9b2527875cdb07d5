"""Heads that are fitted to a task's supports, against loops and against SGD on a layer of torch."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from fewshot.evaluation.measure import accuracy
from fewshot.models.task_heads import BATCH, DECAY, EPOCHS, RATE, SCALE, cosine_head, linear_head

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))


def fitted(layer: nn.Module, images: torch.Tensor, label: torch.Tensor, steps: int, reduction: str) -> None:
    """Full-batch SGD of a layer of torch: `steps` an epoch, of the mean gradient, or of a batch's share of the sum."""
    share, at_once = (1, 1) if reduction == "mean" else (BATCH, len(images) / BATCH)
    optimiser = torch.optim.SGD(layer.parameters(), lr=RATE, weight_decay=at_once * DECAY)
    for _ in range(EPOCHS * steps):
        optimiser.zero_grad()
        (cross_entropy(layer(images), label, reduction=reduction) / share).backward()
        optimiser.step()


def test_the_linear_head_is_sgd_on_a_linear_layer():
    support, query = embeddings()
    found, label = linear_head(support, query), torch.arange(WAY).repeat_interleave(SHOT)
    assert found.shape == (TASK, WAY, QUERY, WAY)
    for task in range(TASK):
        layer = zeros(DIM, WAY).double()
        fitted(layer, support[task].flatten(0, 1), label, steps=4, reduction="mean")  # batches of 4 in 15 images
        torch.testing.assert_close(found[task], layer(query[task]))


def zeros(dim: int, way: int) -> nn.Linear:
    layer = nn.Linear(dim, way)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


@pytest.mark.parametrize(("way", "shot", "dim", "apart"), [(5, 5, 1600, 0.3), (20, 5, 256, 0.5), (20, 1, 64, 0.8)])
def test_the_linear_head_is_as_good_as_sgd_in_random_batches(way, shot, dim, apart):
    """Chen et al.'s fit, batches of four at random, on embeddings that are long and, as after a ReLU, not centred."""
    draw = torch.Generator().manual_seed(0)
    centre = apart * torch.randn(2, way, 1, dim, generator=draw)
    support, query = ((centre + torch.randn(2, way, n, dim, generator=draw)).relu() for n in (shot, 10))
    label = torch.arange(way).repeat_interleave(shot).expand(2, -1)
    weight, bias = (torch.zeros(2, *size, requires_grad=True) for size in ((dim, way), (1, way)))  # a layer a task
    optimiser = torch.optim.SGD([weight, bias], lr=RATE, momentum=0.9, dampening=0.9, weight_decay=DECAY)
    images = support.flatten(1, 2)
    for _ in range(EPOCHS):
        for batch in torch.randperm(way * shot, generator=draw).split(BATCH):
            optimiser.zero_grad()
            scores = torch.baddbmm(bias, images[:, batch], weight)
            (
                2 * cross_entropy(scores.flatten(0, 1), label[:, batch].flatten())
            ).backward()  # the sum of the tasks' means
            optimiser.step()
    scores = torch.baddbmm(bias, query.flatten(1, 2), weight).detach().view(2, way, -1, way)
    theirs = accuracy(scores).mean()
    assert theirs > 2 / way  # it learns at all
    assert accuracy(linear_head(support, query)).mean() >= theirs - 0.01


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
        fitted(layer, support[task].flatten(0, 1), label, steps=1, reduction="sum")
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
    for value in (0.0, 1.0, 7.3):
        same = torch.full((TASK, WAY, SHOT, DIM), value)
        scores = head(same, same)
        assert (scores == scores[..., :1]).all()
        torch.testing.assert_close(accuracy(scores), torch.full((TASK,), 1 / WAY, dtype=torch.float64))
