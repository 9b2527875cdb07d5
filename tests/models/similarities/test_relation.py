"""The relation network: a convolution of stacked maps, one pair at a time."""

import pytest
import torch

from fewshot.models.similarities.relation import relation

TASK, LEFT, RIGHT = 2, 3, 5


@pytest.mark.parametrize("shape", [(7,), (4, 1, 1), (4, 3, 2)])
def test_it_is_the_network_over_both_maps_stacked(shape):
    torch.manual_seed(0)
    similarity = relation(shape, filters=6, hidden=3).double().eval()
    channels, height, width = (*shape, 1, 1)[:3]
    dim = channels * height * width
    left, right = torch.randn(TASK, LEFT, dim).double(), torch.randn(TASK, RIGHT, dim).double()
    weight = torch.cat([similarity.of_left.weight, similarity.of_right.weight], 1)
    found = similarity.score(left, right)
    assert found.shape == (TASK, LEFT, RIGHT)
    for task in range(TASK):
        for i in range(LEFT):
            for j in range(RIGHT):
                stacked = torch.cat([left[task, i].view(channels, height, width),
                                     right[task, j].view(channels, height, width)])[None]  # fmt: skip
                first = torch.nn.functional.conv2d(stacked, weight, padding=weight.shape[-1] // 2)
                torch.testing.assert_close(found[task, i, j], similarity.of_both(first)[0, 0])


def test_left_and_right_are_not_the_same_and_the_logit_is_the_score():
    torch.manual_seed(0)
    similarity, left, right = relation((7,)), torch.randn(LEFT, 7), torch.randn(RIGHT, 7)
    assert not torch.allclose(similarity.score(left, right), similarity.score(right, left).mT)
    assert torch.equal(similarity.eval().logit(left, right), similarity.score(left, right))


def test_a_flat_embedding_is_a_map_of_one_place():
    assert relation((7,)).of_left.kernel_size == (1, 1)
    assert relation((7, 2, 2)).of_left.kernel_size == (3, 3)
