"""Classifiers fitted to the supports of each task, by the same full-batch steps for all tasks at once.

Chen et al. 2019 fit a new layer by 100 epochs of SGD in random batches of four images, with a rate of 0.01 and a decay
of 0.001. A step here moves as far as such an epoch does to first order: by a quarter of that rate times the summed
gradient. It draws no numbers, so a task's scores are always the same.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from fewshot.contracts import Query, Scores, Support

STEPS, RATE, DECAY, BATCH = 100, 0.01, 0.001, 4
SCALE = 2.0  # of the cosines, as Chen et al. have it for few classes

Heads = Float[Tensor, "task way dim"]


def linear_head(support: Support, query: Query) -> Scores:
    """Logits of a linear layer with bias that starts at zero and is fitted to the supports' classes."""
    image, target = _images(support)
    weight, bias = image.new_zeros(*support.shape[:2], image.shape[-1]), image.new_zeros(*support.shape[:2])
    epochs = image.shape[1] / BATCH  # steps of a batch that an epoch has
    for _ in range(STEPS):
        error = (image @ weight.mT + bias[:, None]).softmax(-1) - target
        weight = weight - RATE * (error.mT @ image / BATCH + epochs * DECAY * weight)
        bias = bias - RATE * (error.sum(1) / BATCH + epochs * DECAY * bias)
    return (query.flatten(1, 2) @ weight.mT + bias[:, None]).unflatten(1, query.shape[1:3])


def cosine_head(support: Support, query: Query) -> Scores:
    """Scaled cosines to one vector a class, which starts at its supports' mean direction and is fitted to them."""
    image, target = _images(normalize(support, dim=-1))
    weight = normalize(support, dim=-1).mean(2)
    epochs = image.shape[1] / BATCH
    for _ in range(STEPS):
        unit, norm = normalize(weight, dim=-1), weight.norm(dim=-1, keepdim=True).clamp(min=1e-12)
        error = (SCALE * image @ unit.mT).softmax(-1) - target
        slope = SCALE * error.mT @ image
        slope = (slope - (slope * unit).sum(-1, keepdim=True) * unit) / norm  # along the sphere
        weight = weight - RATE * (slope / BATCH + epochs * DECAY * weight)
    direction = normalize(query.flatten(1, 2), dim=-1)
    return (SCALE * direction @ normalize(weight, dim=-1).mT).unflatten(1, query.shape[1:3])


def _images(support: Support) -> tuple[Float[Tensor, "task image dim"], Float[Tensor, "task image way"]]:
    task, way, shot = support.shape[:3]
    target = one_hot(torch.arange(way, device=support.device), way).to(support.dtype)
    return support.flatten(1, 2), target.repeat_interleave(shot, 0).expand(task, way * shot, way)
