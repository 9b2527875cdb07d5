"""Properties of all our learners."""

import inspect
from importlib.util import find_spec

import pytest
import torch
from torch import nn

from fewshot.core.errors import RequestError
from fewshot.core.types import Tasks
from fewshot.evaluation.measure import accuracy
from fewshot.registry.lookup import entries, load, make_part

TASK, WAY, SHOT, QUERY = 2, 5, 3, 4
SHAPE = (1, 28, 28)


def make(kind: str, name: str, *values):
    return load(kind, name)(*values, **make_part(kind, name).options)


@pytest.fixture(params=entries("learners"))
def learner(request):
    torch.manual_seed(0)
    wanted = inspect.signature(load("learners", request.param)).parameters
    given = []
    if "encoder" in wanted:
        given.append(make("backbones", "conv4", SHAPE))
    if "similarity" in wanted:
        given.append(make("similarities", "euclidean", given[0].shape if given else SHAPE))
    try:
        return make("learners", request.param, *given)
    except RequestError as error:
        if find_spec("learn2learn") or "learn2learn" not in str(error):
            raise
        pytest.skip(str(error))


@torch.inference_mode()
def test_a_learner_that_sees_nothing_is_exactly_at_chance(learner):
    if isinstance(learner, nn.Module):
        learner.eval()
    classes = torch.arange(WAY).expand(TASK, WAY)
    for ink in (0.0, 0.4, 1.0):
        blank = (torch.full((TASK, WAY, images, *SHAPE), ink) for images in (SHOT, QUERY))
        assert accuracy(learner.scores(Tasks(*blank, classes))).tolist() == [1 / WAY] * TASK


@pytest.mark.parametrize("name", entries("learners"))
def test_a_learner_that_is_trained_is_a_module_with_an_objective(name):
    part = load("learners", name)
    assert part.marks.trained == (hasattr(part, "objective") and issubclass(part, nn.Module))
