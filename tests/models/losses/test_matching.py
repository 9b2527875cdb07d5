"""Matching loss against loops, on sizes that all differ."""

from math import exp, log

import pytest
import torch
from torch.nn.functional import cosine_similarity

from fewshot.models.losses.matching import matching
from fewshot.models.similarities.cosine import cosine

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def test_it_is_the_attention_to_the_own_class():
    draw = torch.Generator().manual_seed(0)
    support, query = (torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))
    similarity = cosine((DIM,), scale=4.0).double()
    similarity.bias.data.fill_(-2.0)  # cancels
    terms = []
    for task in range(TASK):
        for i in range(WAY):
            for q in range(QUERY):
                one = query[task, i, q]
                attention = [
                    [exp(4 * float(cosine_similarity(one, support[task, j, s], 0))) for s in range(SHOT)]
                    for j in range(WAY)
                ]
                terms.append(-log(sum(attention[i]) / sum(map(sum, attention))))
    assert len(terms) == TASK * WAY * QUERY
    assert matching(support, query, similarity).item() == pytest.approx(sum(terms) / len(terms), rel=1e-7)


def test_the_scale_is_learned():
    support, query = torch.randn(TASK, WAY, SHOT, DIM), torch.randn(TASK, WAY, QUERY, DIM)
    similarity = cosine((DIM,))
    matching(support, query, similarity).backward()
    assert similarity.log_scale.grad != 0
