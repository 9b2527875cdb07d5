"""Losses with a vector for each training class, ours, against loops on sizes that all differ."""

from math import exp, log

import pytest
import torch
from torch.nn.functional import cosine_similarity

from fewshot.models.losses.baseline import baseline
from fewshot.models.losses.baseline_pp import baseline_pp
from fewshot.models.losses.negative_cosine import negative_cosine
from fewshot.models.losses.softmax import softmax
from fewshot.models.similarities.cosine import cosine

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 5, 3, 4, 7, 11
NUMBERS = torch.tensor([[3, 0, 10, 7, 5], [1, 2, 3, 4, 10]])


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))


def inner(one, vector, bias):
    return (one @ vector + bias).item()


def cos(one, vector, bias):
    return cosine_similarity(one, vector, 0).item()


@pytest.mark.parametrize(
    ("make", "options", "measure", "scale", "margin"),
    [
        (softmax, {}, inner, 1, 0),
        (baseline, {}, inner, 1, 0),
        (baseline_pp, {"scale": 4.0}, cos, 4, 0),
        (negative_cosine, {"scale": 5.0, "margin": -0.4}, cos, 5, -0.4),
    ],
)
def test_it_is_the_cross_entropy_of_the_training_class(make, options, measure, scale, margin):
    torch.manual_seed(0)
    loss = make(DIM, CLASSES, **options).double()
    bias = torch.zeros(CLASSES) if loss.bias is None else loss.bias
    support, query = embeddings()
    terms = []
    for task in range(TASK):
        for way in range(WAY):
            own = int(NUMBERS[task, way])
            for one in (*support[task, way], *query[task, way]):
                logit = [scale * (measure(one, loss.weight[c], bias[c]) - margin * (c == own)) for c in range(CLASSES)]
                terms.append(-log(exp(logit[own]) / sum(exp(value) for value in logit)))
    assert len(terms) == TASK * WAY * (SHOT + QUERY)
    found = loss(support, query, cosine((DIM,)), NUMBERS)
    assert found.item() == pytest.approx(sum(terms) / len(terms), rel=1e-6)


def test_the_defaults():
    assert negative_cosine(DIM, CLASSES).margin == -0.05  # of Liu et al.'s own script for one shot of miniImageNet
    assert baseline_pp(DIM, CLASSES).bias is None
    assert baseline(DIM, CLASSES).bias is not None
