"""Lifted structure loss (Oh Song et al. 2016)."""

import torch
from torch import Tensor, nn, relu

from fewshot.core.checks import POSITIVE, between
from fewshot.core.errors import RequestError
from fewshot.models.adapters.by_rows import by_rows
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score", later=["scale"])
class lifted_structure(LibraryLoss):
    """pytorch-metric-learning's LiftedStructureLoss: each positive pair against all negatives of its images (eq. 4);
    with cosine it uses Euclidean distances of normalised embeddings.

    `pairs` must be "all": with references, the library confuses their indices with those of the queries.

    `scale` multiplies the distances d.

    ℒ = ½ [d(x,p) − pos_margin + log Σₙ (exp(neg_margin − d(x,n)) + exp(neg_margin − d(p,n)))]₊²
    """

    def __init__(
        self,
        dim: int,
        classes: int,
        *,
        neg_margin: float = 1.0,
        pos_margin: float = 0.0,
        scale: float = 1.0,
        pairs: str = "all",
    ) -> None:
        between(POSITIVE, None, scale=scale)
        between(0, None, neg_margin=neg_margin, pos_margin=pos_margin)
        if pairs == "episode":
            expected = 'expected pairs = "all", as the library mixes up references'
            raise RequestError(f'lifted_structure: {expected}, got "episode"', "pairs")
        given = {"neg_margin": neg_margin, "pos_margin": pos_margin}
        super().__init__(dim, classes, "LiftedStructureLoss", pairs, given, scale=scale)
        by_rows(self.loss, _negatives, _pairs)


def _negatives(loss: nn.Module, values: Tensor) -> Tensor:
    return loss.distance.margin(loss.neg_margin, values)


def _pairs(loss: nn.Module, value: Tensor, first: Tensor, second: Tensor) -> Tensor:
    return relu(torch.logaddexp(first, second) + loss.distance.margin(value, loss.pos_margin)).square() / 2
