"""Contrastive loss: the pairs that are pushed, and unknown options."""

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.models.losses.contrastive import contrastive
from fewshot.models.similarities.euclidean import euclidean

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))


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
