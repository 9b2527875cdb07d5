"""Tasks and pairs: their images in one row, and what is embedded of these where it belongs."""

import torch

from fewshot.core.types import Pairs, Tasks


def rows(images: torch.Tensor) -> torch.Tensor:
    """The pixels in one row, as an encoder might embed them."""
    return images.flatten(-3)


def test_the_embeddings_of_tasks_are_split_into_supports_and_queries():
    support, query = torch.rand(2, 5, 3, 1, 4, 6), torch.rand(2, 5, 7, 1, 4, 6)
    tasks = Tasks(support, query, torch.arange(10).view(2, 5))
    assert tasks.images.shape == (2 * 5 * 10, 1, 4, 6)
    found = tasks.split(rows(tasks.images))
    assert [torch.equal(*both) for both in zip(found, (rows(support), rows(query)), strict=True)] == [True, True]


def test_the_embeddings_of_pairs_are_split_into_left_and_right():
    left, right = torch.rand(5, 2, 1, 4, 6), torch.rand(5, 2, 1, 4, 6)
    pairs = Pairs(left, right, torch.zeros(5, 2, dtype=torch.int64))
    assert pairs.images.shape == (5 * 2 * 2, 1, 4, 6)
    found = pairs.split(rows(pairs.images))
    assert [torch.equal(*both) for both in zip(found, (rows(left), rows(right)), strict=True)] == [True, True]
