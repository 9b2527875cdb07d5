"""The inner product against loops."""

import torch

from fewshot.models.similarities.dot_product import dot_product

TASK, LEFT, RIGHT, DIM = 2, 3, 5, 7


def test_it_is_the_inner_product_and_has_no_distance():
    similarity, left, right = dot_product((DIM,)), torch.randn(TASK, LEFT, DIM), torch.randn(TASK, RIGHT, DIM)
    found = similarity.score(left, right)
    for task in range(TASK):
        for i in range(LEFT):
            for j in range(RIGHT):
                expected = sum(a * b for a, b in zip(left[task, i].tolist(), right[task, j].tolist(), strict=True))
                assert abs(float(found[task, i, j]) - expected) < 1e-5
    assert torch.equal(similarity.logit(left, right), found)
    assert not hasattr(similarity, "distance")
