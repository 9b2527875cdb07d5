"""Looks at a training: rank-1, cosines and offset against loops, collapse, and the loss of chance."""

import math

import pytest
import torch
from torch import nn

from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.types import Tasks
from fewshot.models.learners.siamese import siamese
from fewshot.models.losses import bind
from fewshot.models.losses.arcface import arcface
from fewshot.models.losses.prototypical import prototypical
from fewshot.models.similarities.squared_euclidean import squared_euclidean
from fewshot.training.looks import chance_loss, look_at

TASK, WAY, SHOT, QUERY, CLASSES = 2, 3, 1, 2, 7


class Flat(nn.Module):
    """Pixels as embeddings, with a norm whose state a look must not change."""

    shape = (4,)

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1)

    def forward(self, images):
        return self.norm(images).flatten(1)


@pytest.fixture
def tasks() -> Tasks:
    draw = torch.Generator().manual_seed(0)
    support, query = (torch.rand(TASK, WAY, n, 1, 2, 2, generator=draw) for n in (SHOT, QUERY))
    return Tasks(support, query, torch.tensor([[0, 3, 5], [5, 1, 2]]))


@pytest.fixture
def learner() -> siamese:
    return siamese(Flat(), squared_euclidean((4,)))


def images_of(tasks: Tasks) -> list[tuple[torch.Tensor, int]]:
    both = torch.cat([tasks.support, tasks.query], 2).flatten(3)
    return [(one, int(tasks.classes[t, w])) for t in range(TASK) for w in range(WAY) for one in both[t, w]]


def test_rank_1_is_of_the_class_vectors(learner, tasks):
    torch.manual_seed(0)
    loss = arcface(4, CLASSES)
    vectors, images = loss.loss.W.T, images_of(tasks)
    right = [
        max(range(CLASSES), key=lambda c: torch.cosine_similarity(one, vectors[c], 0)) == own for one, own in images
    ]
    cosines = [float(torch.cosine_similarity(a, b, 0)) for a, i in images for b, j in images if i != j]
    found = look_at(learner, loss, tasks)
    assert found["rank1"] == pytest.approx(sum(right) / len(right))
    assert found["chance"] == pytest.approx(1 / CLASSES)
    assert found["cosine"] == pytest.approx(sum(cosines) / len(cosines), abs=1e-4)
    rows = torch.stack([one for one, _ in images])
    spread = (rows - rows.mean(0)).square().sum(1).mean().sqrt()
    assert found["offset"] == pytest.approx(float(rows.mean(0).norm() / spread), rel=1e-4)


def test_without_class_vectors_rank_1_is_of_the_queries_in_their_tasks(learner, tasks):
    right = []
    for t in range(TASK):
        for w in range(WAY):
            for one in tasks.query[t, w]:
                distance = [(one - tasks.support[t, c, 0]).square().sum() for c in range(WAY)]
                right.append(min(range(WAY), key=distance.__getitem__) == w)
    found = look_at(learner, bind(prototypical, {}, 4, CLASSES), tasks)
    assert (found["rank1"], found["chance"]) == pytest.approx((sum(right) / len(right), 1 / WAY))


def test_a_look_changes_nothing(learner, tasks):
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    look_at(learner, bind(prototypical, {}, 4, CLASSES), tasks)
    assert all(torch.equal(before[name], value) for name, value in learner.state_dict().items())


def test_images_in_one_place_have_a_cosine_of_1_and_the_rank_1_of_chance(learner, tasks):
    alike = Tasks(tasks.support * 0 + 0.5, tasks.query * 0 + 0.5, tasks.classes)
    found = look_at(learner, bind(prototypical, {}, 4, CLASSES), alike)
    assert (found["rank1"], found["cosine"]) == pytest.approx((1 / WAY, 1.0))


def test_a_learner_with_an_objective_of_its_own_is_not_looked_at(learner, tasks):
    assert look_at(learner, None, tasks) is None


def test_the_loss_of_chance(learner):
    recipe = Recipe(task=TaskShape(5, 1, 3))
    assert chance_loss(learner, bind(prototypical, {}, 4, CLASSES), recipe) == pytest.approx(math.log(5))
    assert chance_loss(learner, None, recipe) is None
