"""Classifiers fitted to the supports of each task, for all tasks at once, by full-batch gradient steps.

Chen et al. 2019 fit a new layer by 100 epochs of SGD in random batches of four images, with a rate of 0.01 and a decay
of 0.001. Here every batch is the whole support set, so nothing is random and a task always has the same scores.

The fitted vectors are linear combinations of the supports and are stored as coefficients `[task way image]`, so that
the cost of a step does not grow with the embeddings' length. Steps run in float64, and logits are rounded to nine
places, so that equal supports give equal scores on every machine.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from fewshot.core.types import Query, Scores, Support

EPOCHS, RATE, DECAY, BATCH = 100, 0.01, 0.001, 4
SCALE = 2.0  # of the cosines, as in Chen et al. for few classes
Heads = Float[Tensor, "task way image"]  # coefficients of the supports


def linear_head(support: Support, query: Query) -> Scores:
    """Logits of a linear layer with bias that starts at zero and is fitted to the supports' classes.

    It takes as many steps as Chen et al., at the same rate, along the mean gradient: one larger step an epoch would
    overshoot for embeddings of large norm.
    """
    image, target, queries = _images(support, query)
    alike, images = image @ image.mT, image.shape[1]
    weight, bias = torch.zeros_like(target.mT), torch.zeros_like(target[:, :1])
    for _ in range(EPOCHS * -(-images // BATCH)):
        error = ((weight @ alike).mT + bias).softmax(-1) - target
        weight = weight - RATE * (error.mT / images + DECAY * weight)
        bias = bias - RATE * (error.mean(1, keepdim=True) + DECAY * bias)
    return _scores(queries @ image.mT @ weight.mT + bias, query)


def cosine_head(support: Support, query: Query) -> Scores:
    """Scaled cosines to one vector a class, which starts at its supports' mean direction and is fitted to them.

    A step equals an epoch of Chen et al. to first order: a quarter of the rate times the summed gradient.
    """
    image, target, queries = _images(normalize(support, dim=-1), normalize(query, dim=-1))
    alike, batches = image @ image.mT, image.shape[1] / BATCH
    weight = target.mT / support.shape[2]
    for _ in range(EPOCHS):
        unit, norm = _unit(weight, alike)
        error = (SCALE * (unit @ alike).mT).softmax(-1) - target
        slope = SCALE * error.mT
        slope = (slope - (slope @ alike * unit).sum(-1, keepdim=True) * unit) / norm  # along the sphere
        weight = weight - RATE * (slope / BATCH + batches * DECAY * weight)
    return _scores(SCALE * queries @ image.mT @ _unit(weight, alike)[0].mT, query)


def _unit(weight: Heads, alike: Float[Tensor, "task image image"]) -> tuple[Heads, Float[Tensor, "task way 1"]]:
    """The coefficients of the vectors scaled to length one, and their former lengths."""
    norm = (weight @ alike * weight).sum(-1, keepdim=True).clamp(min=1e-24).sqrt()
    return weight / norm, norm


def _images(
    support: Support, query: Query
) -> tuple[Float[Tensor, "task image dim"], Float[Tensor, "task image way"], Float[Tensor, "task queries dim"]]:
    """A task's supports along one axis, the one-hot class of each, and its queries along one axis."""
    task, way, shot = support.shape[:3]
    target = one_hot(torch.arange(way, device=support.device), way).double()
    target = target.repeat_interleave(shot, 0).expand(task, way * shot, way)
    return support.flatten(1, 2).double(), target, query.flatten(1, 2).double()


def _scores(flat: Float[Tensor, "task queries way"], query: Query) -> Scores:
    return flat.round(decimals=9).unflatten(1, query.shape[1:3]).to(query.dtype)
