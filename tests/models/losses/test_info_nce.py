"""InfoNCE against loops, on sizes that all differ and with a class that two tasks share."""

from math import exp, log

import pytest
import torch
from torch.nn.functional import cosine_similarity

from fewshot.models.losses.info_nce import info_nce
from fewshot.models.similarities.cosine import cosine

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7
NUMBERS = torch.tensor([[3, 0, 10, 7, 5], [1, 2, 3, 4, 10]])  # 3 and 10 stand in both


def test_every_pair_of_a_class_is_among_the_pairs_with_other_classes_of_all_tasks():
    draw = torch.Generator().manual_seed(0)
    support, query = (torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))
    similarity = cosine((DIM,), scale=4.0).double()
    images = [
        (int(NUMBERS[task, way]), one)
        for task in range(TASK)
        for way in range(WAY)
        for one in (*support[task, way], *query[task, way])
    ]
    logit = lambda one, other: 4 * (cosine_similarity(one, other, 0).item() - 1)  # noqa: E731
    terms = []
    for place, (number, one) in enumerate(images):
        others = sum(exp(logit(one, other)) for name, other in images if name != number)
        for there, (name, other) in enumerate(images):
            if name == number and there != place:
                own = exp(logit(one, other))
                terms.append(-log(own / (own + others)))
    each = SHOT + QUERY
    assert len(terms) == 6 * each * (each - 1) + 2 * 2 * each * (2 * each - 1)
    found = info_nce(DIM, 11)(support, query, similarity, NUMBERS)
    assert found.item() == pytest.approx(sum(terms) / len(terms), rel=1e-6)  # the similarity's scale is of float32


def test_the_temperature_is_learned():
    draw = torch.Generator().manual_seed(0)
    similarity = cosine((DIM,))
    support, query = (torch.randn(TASK, WAY, n, DIM, generator=draw) for n in (SHOT, QUERY))
    info_nce(DIM, 11)(support, query, similarity, NUMBERS).backward()
    assert similarity.log_scale.grad.abs() > 0
