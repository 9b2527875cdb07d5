"""The seam that losses are called through: functions, and modules with weights of their own."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from fewshot.core.errors import RequestError
from fewshot.core.marks import LossMarks
from fewshot.core.recipe import Recipe
from fewshot.core.types import Tasks
from fewshot.models.learners.siamese import siamese
from fewshot.models.losses import bind, loss
from fewshot.models.similarities.cosine import cosine
from fewshot.training.loop import train

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 5, 3, 4, 7, 11


@loss(similarity="cosine", needs="score")
class class_vectors(nn.Module):
    """Cross-entropy of a query's class among the vectors of all training classes."""

    def __init__(self, dim: int, classes: int, *, scale: float = 4.0) -> None:
        super().__init__()
        self.vectors, self.scale = nn.Parameter(torch.randn(classes, dim)), scale

    def forward(self, support, query, similarity, classes):
        scores = self.scale * similarity.score(query.flatten(0, 2), self.vectors)
        return cross_entropy(scores, classes[:, :, None].expand(query.shape[:3]).flatten())


class Flat(nn.Module):
    """An encoder for images of 1 × 2 × 3 px."""

    shape = (DIM,)

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, DIM)

    def forward(self, images):
        return self.linear(images.flatten(1))


def made_up_tasks(step: int) -> Tasks:
    draw = torch.Generator().manual_seed(step)
    support, query = (torch.rand(TASK, WAY, n, 1, 2, 3, generator=draw) for n in (SHOT, QUERY))
    return Tasks(support, query, torch.stack([torch.randperm(CLASSES, generator=draw)[:WAY] for _ in range(TASK)]))


def test_a_function_gets_its_options_and_never_sees_class_numbers():
    heard = []

    @loss(similarity="cosine", needs="score")
    def one(support, query, similarity, *, factor: float = 2.0):
        heard.append((support, query, similarity, factor))
        return support.sum() * factor

    support, query, similarity = torch.rand(TASK, WAY, SHOT, DIM), torch.rand(TASK, WAY, QUERY, DIM), cosine((DIM,))
    bound = bind(one, {"factor": 3.0}, DIM, CLASSES)
    value = bound(support, query, similarity, torch.zeros(TASK, WAY, dtype=torch.int64))
    assert value == support.sum() * 3
    assert heard == [(support, query, similarity, 3.0)]
    assert not list(bound.parameters())


def test_a_module_is_made_for_the_classes_and_called_with_their_numbers():
    bound = bind(class_vectors, {"scale": 1.0}, DIM, CLASSES)
    assert (bound.vectors.shape, bound.scale) == ((CLASSES, DIM), 1.0)
    support, query, similarity = torch.rand(TASK, WAY, SHOT, DIM), torch.rand(TASK, WAY, QUERY, DIM), cosine((DIM,))
    classes = torch.arange(WAY).expand(TASK, WAY)
    value = bound(support, query, similarity, classes)
    assert value != bound(support, query, similarity, classes + 1)
    value.backward()
    assert bound.vectors.grad.any()


def test_the_weights_of_a_loss_are_trained_with_the_learner():
    torch.manual_seed(0)
    learner, objective = siamese(Flat(), cosine((DIM,))), bind(class_vectors, {}, DIM, CLASSES)
    before = objective.vectors.detach().clone(), learner.encoder.linear.weight.detach().clone()
    train(learner, objective, made_up_tasks, None, Recipe(steps=3, val_every=3, warmup=0, select="last"))
    assert not torch.equal(objective.vectors, before[0])
    assert not torch.equal(learner.encoder.linear.weight, before[1])


def test_the_marks_of_a_loss():
    assert class_vectors.marks == LossMarks(similarity="cosine", shot_rule="mean_score", needs="score", revision=1)
    with pytest.raises(RequestError, match="unknown shot rule 'mean'"):
        loss(similarity="cosine", shot_rule="mean")
