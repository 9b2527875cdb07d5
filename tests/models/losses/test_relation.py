"""Relation loss against loops, on sizes that all differ."""

from math import exp

import pytest
import torch

from fewshot.models.losses.relation import relation
from fewshot.models.similarities.euclidean import euclidean

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def test_it_is_equation_2():
    draw = torch.Generator().manual_seed(0)
    support, query = (torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))
    similarity = euclidean((DIM,)).double()
    similarity.bias.data.fill_(2.0)
    terms = []
    for task in range(TASK):
        centres = [[sum(column) / SHOT for column in zip(*support[task, j].tolist(), strict=True)] for j in range(WAY)]
        for i in range(WAY):
            for one in query[task, i].tolist():
                for j, centre in enumerate(centres):
                    distance = sum((a - b) ** 2 for a, b in zip(one, centre, strict=True)) ** 0.5
                    terms.append((1 / (1 + exp(distance - 2)) - (i == j)) ** 2)
    assert len(terms) == TASK * WAY * QUERY * WAY
    assert relation(support, query, similarity).item() == pytest.approx(sum(terms) / len(terms), rel=1e-5)
