"""Scores of pairs and of classes, against plain loops on sizes that all differ."""

import pytest
import torch

from fewshot.models.compare import class_scores, compare, mean_where

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


@pytest.fixture
def embedded():
    draw = torch.Generator().manual_seed(0)
    return torch.randn(TASK, WAY, SHOT, DIM, generator=draw), torch.randn(TASK, WAY, QUERY, DIM, generator=draw)


def lopsided(left, right):
    """Not symmetric, so that a swap of query and support shows."""
    return left @ right.mT + left.sum(-1)[..., :, None]


def of_one_pair(query, support) -> float:
    return float((query * support).sum() + query.sum())


def test_every_query_is_compared_with_every_support(embedded):
    support, query = embedded
    values, same = compare(support, query, lopsided)
    assert values.shape == same.shape == (TASK, WAY, QUERY, WAY, SHOT)
    for t in range(TASK):
        for w in range(WAY):
            for q in range(QUERY):
                for c in range(WAY):
                    for s in range(SHOT):
                        expected = of_one_pair(query[t, w, q], support[t, c, s])
                        assert float(values[t, w, q, c, s]) == pytest.approx(expected, abs=1e-4)
                        assert bool(same[t, w, q, c, s]) == (w == c)


def test_scores_of_classes_are_means_over_their_shots(embedded):
    support, query = embedded
    scores = class_scores(support, query, lambda left, right: lopsided(left, right) ** 2)
    assert scores.shape == (TASK, WAY, QUERY, WAY)
    for t in range(TASK):
        for w in range(WAY):
            for q in range(QUERY):
                for c in range(WAY):
                    expected = sum(of_one_pair(query[t, w, q], one) ** 2 for one in support[t, c]) / SHOT
                    assert float(scores[t, w, q, c]) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_the_mean_where_a_mask_holds():
    values = torch.tensor([[1.0, 2.0], [4.0, torch.inf]])
    assert mean_where(values, torch.tensor([[True, False], [True, False]])) == 2.5


def test_masked_values_get_no_gradient():
    values = torch.tensor([1.0, -3.0, 5.0], requires_grad=True)
    mean_where(values.square(), torch.tensor([True, True, False])).backward()
    assert values.grad.tolist() == [1.0, -3.0, 0.0]
