"""Contrastive loss against loops, on sizes that all differ."""

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.models.losses.contrastive import contrastive
from fewshot.models.similarities.euclidean import euclidean

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))


@pytest.mark.parametrize("options", [{}, {"margin": 3.5}, {"margin": 3.5, "mining": "active"}])
def test_it_is_equation_4_with_both_kinds_of_pair_weighing_the_same(options):
    support, query = embeddings()
    margin = options.get("margin", 1.0)
    same, different = [], []
    for task in range(TASK):
        for i in range(WAY):
            for q in range(QUERY):
                for j in range(WAY):
                    for s in range(SHOT):
                        left, right = query[task, i, q].tolist(), support[task, j, s].tolist()
                        distance = sum((a - b) ** 2 for a, b in zip(left, right, strict=True)) ** 0.5
                        if i == j:
                            same.append(distance**2)
                        else:
                            different.append(max(0.0, margin - distance) ** 2)
    if "mining" in options:
        different, every = [term for term in different if term > 0], different
        assert 0 < len(different) < len(every)
    expected = sum(same) / len(same) + sum(different) / len(different)
    assert contrastive(support, query, euclidean((DIM,)), **options).item() == pytest.approx(expected, rel=1e-5)


def test_only_pairs_nearer_than_the_margin_are_pushed():
    support, query = embeddings()
    centre = 100 * torch.arange(WAY, dtype=torch.float64)[:, None, None]
    together = (support + centre).requires_grad_()
    contrastive(together, query + centre, euclidean((DIM,)), margin=2.0).backward()
    own = (support + centre).requires_grad_()
    pulled = (own[:, :, None] - (query + centre)[:, :, :, None]).square().sum(-1).mean()  # of same-class pairs alone
    pulled.backward()
    torch.testing.assert_close(together.grad, own.grad, atol=1e-5, rtol=1e-5)


def test_an_unknown_mining_is_refused():
    with pytest.raises(RequestError, match="unknown mining 'hardest': expected one of active, all"):
        contrastive(*embeddings(), euclidean((DIM,)), mining="hardest")
