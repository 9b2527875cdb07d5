"""Looks at a training: at its first loss beside that of chance, and at whether the images have collapsed."""

import math
from copy import deepcopy

import torch
from torch.nn.functional import normalize

from fewshot.core.recipe import Recipe
from fewshot.core.rng import seeded
from fewshot.core.types import Batch, EmbeddingLearner, Loss, Tasks, TrainableLearner
from fewshot.models.digits import offset

LOOK_AFTER = 300  # steps: a collapse shows by then; a look is also taken at the end
Look = dict[str, float]


@torch.no_grad()
def look_at(learner: TrainableLearner, loss: Loss | None, batch: Batch) -> Look | None:
    """Rank-1 on training classes and its chance, the mean cosine of images of different classes, and their offset.

    Rank-1 is the share of a step's images whose own class vector is the nearest of all or, without class vectors, of
    its queries that score highest for their own class. None for pairs, and for a learner that does not embed images or
    has an objective of its own. Nothing that training depends on changes.
    """
    if loss is None or not isinstance(learner, EmbeddingLearner) or not isinstance(batch, Tasks):
        return None
    learner.eval()
    batch = batch.genuine
    embedded = learner.embed(batch.images).float()
    label = batch.classes[..., None].expand(*batch.classes.shape, len(embedded) // batch.classes.numel()).flatten()
    scores = loss.class_scores(embedded) if hasattr(loss, "class_scores") else None
    if scores is not None:
        right, chance = scores.argmax(1) == label, 1 / scores.shape[1]
    else:
        way = batch.classes.shape[1]
        answered = learner.compare(*batch.split(embedded)).argmax(3)
        right, chance = answered == torch.arange(way, device=answered.device)[None, :, None], 1 / way
    unit = normalize(embedded, dim=1)
    cosine = (unit @ unit.mT)[label[:, None] != label].mean()
    found = {"rank1": right.float().mean(), "chance": chance, "cosine": cosine, "offset": offset(embedded)}
    return {name: round(float(value), 6) for name, value in found.items()}


@torch.no_grad()
def chance_loss(learner: TrainableLearner, loss: Loss | None, recipe: Recipe) -> float | None:
    """The loss of tasks whose embeddings are all zero, hence equal, which tells no class from another.

    None with pairs, and without a loss of embeddings that is finite and above 0. No state changes.
    """
    if loss is None or recipe.pairs or not isinstance(learner, EmbeddingLearner):
        return None
    learner.eval()
    shape, device = recipe.task, next(learner.parameters()).device
    zeros = torch.zeros(1, shape.way, shape.shot + shape.query, math.prod(learner.encoder.shape), device=device)
    alike = deepcopy(loss)  # some losses remember earlier steps
    with seeded(0, "loss of chance", device):
        value = float(
            alike(
                *zeros.split([shape.shot, shape.query], 2),
                learner.similarity,
                torch.arange(shape.way, device=device)[None],
            )
        )
    return value if math.isfinite(value) and value > 0 else None
