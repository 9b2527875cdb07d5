"""Neighbourhood components analysis against loops, on sizes that all differ."""

from math import exp, log

import pytest
import torch

from fewshot.models.losses.nca import nca
from fewshot.models.similarities.squared_euclidean import squared_euclidean

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def test_every_image_is_among_all_others_of_its_task():
    draw = torch.Generator().manual_seed(0)
    support, query = (torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) / 2 for n in (SHOT, QUERY))
    terms = []
    for task in range(TASK):
        images = [
            (way, one) for way in range(WAY) for one in (*support[task, way].tolist(), *query[task, way].tolist())
        ]
        for place, (way, one) in enumerate(images):
            nearness = [
                (other_way, exp(-sum((a - b) ** 2 for a, b in zip(one, other, strict=True))))
                for there, (other_way, other) in enumerate(images)
                if there != place
            ]
            own = sum(value for other_way, value in nearness if other_way == way)
            terms.append(-log(own / sum(value for _, value in nearness)))
    assert len(terms) == TASK * WAY * (SHOT + QUERY)
    found = nca(support, query, squared_euclidean((DIM,)).double())
    assert found.item() == pytest.approx(sum(terms) / len(terms), rel=1e-10)
