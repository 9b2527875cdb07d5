"""A learner scores every query against every class, each query on its own; a trained one has an objective."""

import inspect
import math
from collections.abc import Callable

import torch
from torch import nn

from fewshot.conformance._parts import check_tensor, dims, gradients, inside, near, pixels, weights
from fewshot.contracts import EmbeddingLearner, Learner, Loss, Tasks
from fewshot.errors import RequestError
from fewshot.losses import bind
from fewshot.registry import load, make_part
from fewshot.rng import seeded
from fewshot.run import make_learner
from fewshot.sources import Entry
from fewshot.spec import Part, RunSpec

TASK, WAY, SHOT, QUERY = 2, 5, 3, 4
SHAPE = (1, 28, 28)
BACKBONE, SIMILARITY, LOSS = "conv4", "euclidean", "contrastive"


def check_learner(entry: Entry, part: Callable, options: dict, size: int | None) -> list[str]:
    """Built as a run builds it, with conv4, euclidean and the contrastive loss where it takes them."""
    compared = "similarity" in inspect.signature(part).parameters
    spec = RunSpec(
        dataset=Part("none"),
        protocol=Part("none"),
        stage="val",
        size=SHAPE[-1],
        learner=make_part("learners", entry.name, options),
        similarity=make_part("similarities", SIMILARITY) if compared else None,
        backbone=make_part("backbones", BACKBONE) if part.trained else None,
    )
    with inside(entry, f"images of shape {SHAPE}"):
        learner = make_learner(spec, SHAPE)
    if missing := [name for name in ("scores", "transductive") if not hasattr(learner, name)]:
        raise RequestError(f"{entry.label}: expected a learner with scores and transductive, got one without {missing}")
    lines = [_check_scores(entry, learner)]
    if part.trained:
        lines.append(_check_objective(entry, learner, part.own_objective))
    return lines


@torch.inference_mode()  # as an evaluation does
def _check_scores(entry: Entry, learner: Learner) -> str:
    if isinstance(learner, nn.Module):
        learner.eval()
    tasks = _tasks()
    together = _scores(entry, learner, tasks)
    for number in () if learner.transductive else (0, QUERY - 1):
        alone = _scores(entry, learner, Tasks(tasks.support, tasks.query[:, :, number : number + 1], tasks.classes))
        if not near(alone, together[:, :, number : number + 1]):
            apart = (alone - together[:, :, number : number + 1]).abs().max()
            expected = "scores of a query that depend on no other, as it is not transductive"
            raise RequestError(f"{entry.label}: expected {expected}, got scores {apart:.3g} apart without the others")
    if isinstance(learner, EmbeddingLearner):
        with inside(entry, _given(tasks)):
            embedded = [learner.embed(images.flatten(0, 2)).unflatten(0, images.shape[:3])
                        for images in (tasks.support, tasks.query)]  # fmt: skip
            compared = learner.compare(*embedded)
        if not near(compared, together):
            raise RequestError(
                f"{entry.label}: expected compare(embed, embed) to give what scores gives, got otherwise"
            )
    how = "transductive" if learner.transductive else "of each query on its own"
    return f"finite scores {dims(together.shape)}, {how}"


def _check_objective(entry: Entry, learner: Learner, own_objective: bool) -> str:
    if not isinstance(learner, nn.Module) or not hasattr(learner, "objective"):
        came = type(learner).__name__
        raise RequestError(f"{entry.label}: expected an nn.Module with an objective, as it is trained, got {came}")
    loss = None if own_objective else _loss(entry, learner)
    tasks = _tasks()
    with inside(entry, _given(tasks)), seeded(0, "conformance"):
        value = learner.train().objective(tasks, loss)
    check_tensor(entry, "an objective", value, (), _given(tasks))
    found = gradients(entry, value, weights(learner), _given(tasks))
    if not any(grad is not None and bool(grad.any()) for grad in found.values()):
        raise RequestError(f"{entry.label}: expected an objective with a gradient for its weights, got none but zeros")
    return f"its objective is one finite number with finite gradients{'' if own_objective else f', with {LOSS}'}"


def _loss(entry: Entry, learner: nn.Module) -> Loss:
    if not hasattr(learner, "encoder"):
        raise RequestError(f"{entry.label}: expected its backbone under the name encoder, as losses ask for its shape")
    dim = math.prod(learner.encoder.shape)
    return bind(load("losses", LOSS), make_part("losses", LOSS).options, dim, WAY)


def _scores(entry: Entry, learner: Learner, tasks: Tasks) -> torch.Tensor:
    with inside(entry, _given(tasks)), seeded(0, "conformance"):
        found = learner.scores(tasks)
    check_tensor(entry, "scores", found, (*tasks.query.shape[:3], WAY), _given(tasks))
    return found


def _tasks() -> Tasks:
    support, query = (pixels(TASK, WAY, images, *SHAPE, seed=images) ** 3 for images in (SHOT, QUERY))  # little ink
    return Tasks(support, query, torch.arange(WAY).repeat(TASK, 1))


def _given(tasks: Tasks) -> str:
    return f"supports {dims(tasks.support.shape)}, queries {dims(tasks.query.shape)}"
