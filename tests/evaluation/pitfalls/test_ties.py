"""Ties taken for right, against a plain loop."""

import pytest
import torch

from fewshot.core.types import Tasks
from fewshot.evaluation.answers import accuracy_of
from fewshot.evaluation.measure import accuracy
from fewshot.evaluation.pitfalls.ties import Constant, ties_are_right


def test_a_query_counts_whose_own_class_scores_no_less_than_all_others():
    draw = torch.Generator().manual_seed(0)
    scores = torch.randint(0, 3, (7, 5, 4, 5), generator=draw).float()
    found = accuracy_of(ties_are_right(scores))
    for task, got in zip(scores.tolist(), found.tolist(), strict=True):
        right = [row[own] >= max(row) for own, rows in enumerate(task) for row in rows]
        assert got == pytest.approx(sum(right) / len(right))
    assert (found >= accuracy(scores)).all()
    assert (found > accuracy(scores)).any()


def test_scores_that_mixed_precision_takes_for_equal_are_ties():
    near = torch.tensor([4.0, 4.001, 0.0])  # probabilities that differ by 1e-3 of one
    scores = near[None, None, None].expand(1, 3, 1, 3)
    assert accuracy(scores).tolist() == pytest.approx([1 / 3])
    assert accuracy_of(ties_are_right(scores)).tolist() == pytest.approx([2 / 3])


def test_a_constant_network_is_at_chance_and_with_the_mistake_always_right():
    tasks = Tasks(torch.zeros(3, 20, 1, 1, 4, 4), torch.zeros(3, 20, 2, 1, 4, 4), torch.arange(20).expand(3, 20))
    scores = Constant().scores(tasks)
    assert accuracy(scores).tolist() == pytest.approx([0.05] * 3)
    assert accuracy_of(ties_are_right(scores)).tolist() == [1.0] * 3
