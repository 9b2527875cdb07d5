"""What a step learns from is its own, and is checked before the first."""

from dataclasses import replace

import pytest
import torch

from fewshot.augment import augment
from fewshot.contracts import Tasks
from fewshot.episodes import draw
from fewshot.errors import RequestError
from fewshot.lessons import lessons
from fewshot.pairs import PairSource
from fewshot.spec import TaskShape, Training

RECIPE = Training(task=TaskShape(3, 1, 2), batch=4, affine=0.5, turn="class")


@pytest.fixture
def bank(glyph_bank):
    return glyph_bank(12)


def equal(left: Tasks, right: Tasks) -> bool:
    return all(torch.equal(getattr(left, name), getattr(right, name)) for name in ("support", "query", "classes"))


@pytest.mark.parametrize("kind", [{}, {"within_group": 1.0}, {"other_authors": True}])
def test_a_step_has_the_next_tasks_of_the_seed(bank, kind):
    tasks = lessons(bank, replace(RECIPE, **kind), seed=3)
    for step in (5, 0):
        numbers = range(4 * step, 4 * step + 4)
        drawn = draw(bank, RECIPE.task, seed=3, purpose="train", numbers=numbers, **kind)
        expected = augment(drawn, 3, torch.tensor(numbers), affine=0.5, turn="class")
        assert equal(tasks(step), expected)


def test_with_pairs_a_step_has_its_part_of_the_list(bank):
    recipe = Training(pairs=20, batch=4, copies=1, affine=0.5)
    assert equal(lessons(bank, recipe, 3)(7), PairSource(bank, recipe, 3).tasks(7))


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (replace(RECIPE, task=TaskShape(13, 1, 1)), "13-way"),
        (Training(pairs=20, other_authors=True), "by different authors"),
    ],
)
def test_what_the_bank_cannot_give_is_refused_before_the_first_step(glyph_bank, recipe, message):
    with pytest.raises(RequestError, match=message):
        lessons(glyph_bank(12, authors=1), recipe, 0)
