"""What a step learns from is its own, and is checked before the first."""

from dataclasses import replace

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.types import Tasks
from fewshot.tasks.augment import augment
from fewshot.tasks.pairs import PairSampler
from fewshot.tasks.sampler import sample_tasks
from fewshot.training.batches import batches

RECIPE = Recipe(task=TaskShape(3, 1, 2), batch=4, affine=0.5, turn="class")


@pytest.fixture
def bank(glyph_bank):
    return glyph_bank(12)


def equal(left: Tasks, right: Tasks) -> bool:
    sides = ([getattr(one, name) for name in vars(one) if name != "forged"] for one in (left, right))
    return left.forged == right.forged and all(torch.equal(*both) for both in zip(*sides, strict=True))


@pytest.mark.parametrize("kind", [{}, {"within_group": 1.0}, {"other_authors": True}])
def test_a_step_has_the_next_tasks_of_the_seed(bank, kind):
    tasks = batches(bank, replace(RECIPE, **kind), seed=3)
    for step in (5, 0):
        numbers = range(4 * step, 4 * step + 4)
        drawn = sample_tasks(bank, RECIPE.task, seed=3, purpose="train", numbers=numbers, **kind)
        expected = augment(drawn, 3, torch.tensor(numbers), affine=0.5, turn="class")
        assert equal(tasks(step), expected)


def test_with_pairs_a_step_has_its_part_of_the_list(bank):
    recipe = Recipe(pairs=20, batch=4, copies=1, affine=0.5)
    assert equal(batches(bank, recipe, 3)(7), PairSampler(bank, recipe, 3).pairs(7))


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (replace(RECIPE, task=TaskShape(13, 1, 1)), "13-way"),
        (Recipe(pairs=20, other_authors=True), "by different authors"),
    ],
)
def test_tasks_that_the_bank_cannot_give_are_refused_before_the_first_step(glyph_bank, recipe, message):
    with pytest.raises(RequestError, match=message):
        batches(glyph_bank(12, authors=1), recipe, 0)


def test_crops_are_of_the_stored_images_and_else_the_centres_are_learned_from(glyph_bank):
    bank = glyph_bank(12, size=12)
    tasks, numbers = sample_tasks(bank, RECIPE.task, seed=3, purpose="train", numbers=range(4)), torch.arange(4)
    cropping = replace(RECIPE, affine=0.0, turn="none", crop=0.3, flip=0.5)
    assert equal(batches(bank, cropping, 3, 8)(0), augment(tasks, 3, numbers, crop=0.3, flip=0.5, size=8))
    centred = batches(bank, replace(RECIPE, affine=0.0, turn="none"), 3, 8)(0)
    assert torch.equal(centred.support, tasks.support[..., 2:10, 2:10])
    assert torch.equal(centred.query, tasks.query[..., 2:10, 2:10])


def test_colours_are_changed_too(bank):
    recipe = replace(RECIPE, affine=0.0, turn="none", jitter=0.4)
    tasks = sample_tasks(bank, RECIPE.task, seed=3, purpose="train", numbers=range(4))
    assert equal(batches(bank, recipe, 3)(0), augment(tasks, 3, torch.arange(4), jitter=0.4))


def test_images_smaller_than_the_size_are_refused(bank):
    with pytest.raises(RequestError, match="size: expected at most 8 px, that of the images, got 9"):
        batches(bank, RECIPE, 0, 9)
