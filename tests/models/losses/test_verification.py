"""Verification loss against loops, on sizes that all differ."""

from math import exp, log

import pytest
import torch

from fewshot.models.losses.verification import verification
from fewshot.models.similarities.weighted_l1 import weighted_l1

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


def test_it_is_the_cross_entropy_of_same_and_different_half_and_half():
    draw = torch.Generator().manual_seed(0)
    support = torch.randn(TASK, WAY, SHOT, DIM, generator=draw, dtype=torch.float64)
    query = torch.randn(TASK, WAY, QUERY, DIM, generator=draw, dtype=torch.float64)
    similarity = weighted_l1((DIM,)).double()
    similarity.alpha.data = torch.linspace(-0.5, 1.5, DIM, dtype=torch.float64)
    similarity.bias.data.fill_(1.25)

    same, different = [], []
    for task in range(TASK):
        for i in range(WAY):
            for q in range(QUERY):
                for j in range(WAY):
                    for s in range(SHOT):
                        left, right = query[task, i, q].tolist(), support[task, j, s].tolist()
                        weights = similarity.alpha.tolist()
                        logit = 1.25 - sum(abs(w) * abs(a - b) for w, a, b in zip(weights, left, right, strict=True))
                        p = 1 / (1 + exp(-logit))
                        (same if i == j else different).append(-log(p) if i == j else -log(1 - p))
    assert (len(same), len(different)) == (TASK * WAY * QUERY * SHOT, TASK * WAY * QUERY * (WAY - 1) * SHOT)
    expected = (sum(same) / len(same) + sum(different) / len(different)) / 2
    assert verification(support, query, similarity).item() == pytest.approx(expected, rel=1e-10)


def test_it_stays_finite_far_out():
    far = torch.linspace(-1e4, 1e4, WAY)[None, :, None, None].expand(TASK, WAY, SHOT, DIM)
    assert verification(far, far.flip(1), weighted_l1((DIM,))).isfinite()
