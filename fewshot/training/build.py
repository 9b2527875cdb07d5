"""The learner and the loss of a spec, made with fresh weights."""

import math

import torch

from fewshot.core.errors import of_part
from fewshot.core.rng import seeded
from fewshot.core.types import Learner, Loss
from fewshot.data.normalise import IMAGENET, Normalised, Statistics
from fewshot.models.losses import bind
from fewshot.models.pair_loss import PairLoss
from fewshot.registry.resolved import Resolved


def make_learner(
    parts: Resolved, shape: tuple[int, int, int], device: torch.device | str = "cpu", own: Statistics | None = None
) -> Learner:
    """The spec's learner with fresh weights for images of this shape; a seed gives the same weights on every device.

    `own` are the statistics of the training images, which a spec with `normalise = "own"` needs.
    """
    spec, given = parts.spec, []
    with seeded(spec.seed, "weights"):
        if spec.backbone:
            with of_part("backbone", spec.backbone.name):
                given = [parts.backbone(shape, **spec.backbone.options)]
            shape = given[0].shape
            if spec.normalise != "none":
                given = [Normalised(given[0], {"own": own, "imagenet": IMAGENET}[spec.normalise])]
        if spec.similarity:
            with of_part("similarity", spec.similarity.name):
                given += [parts.similarity(shape, **spec.similarity.options), spec.shot_rule]
        with of_part("learner", spec.learner.name):
            learner = parts.learner(*given, **spec.learner.options)
    for module in (learner, *given):
        if isinstance(module, torch.nn.Module):
            module.to(device)
    return learner


def make_loss(parts: Resolved, learner: Learner, classes: int, device: torch.device | str = "cpu") -> Loss | None:
    """The spec's loss for the learner's embeddings and this number of training classes; None if it names no loss."""
    spec = parts.spec
    if not spec.loss:
        return None
    with seeded(spec.seed, "loss weights"), of_part("loss", spec.loss.name):
        dim = math.prod(learner.encoder.shape)
        loss = bind(parts.loss, spec.loss.options, dim, classes).to(device)
    return PairLoss(loss) if spec.training.pairs else loss
