"""Matching loss: what it learns beside embeddings."""

import torch

from fewshot.models.losses.matching import matching
from fewshot.models.similarities.cosine import cosine

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def test_the_scale_is_learned():
    support, query = torch.randn(TASK, WAY, SHOT, DIM), torch.randn(TASK, WAY, QUERY, DIM)
    similarity = cosine((DIM,))
    matching(support, query, similarity).backward()
    assert similarity.log_scale.grad != 0
