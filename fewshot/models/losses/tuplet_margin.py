"""Tuplet margin loss (Yu and Tao 2019)."""

from torch import Tensor, cos, nn
from torch.nn.functional import softplus

from fewshot.core.checks import between
from fewshot.models.adapters.by_rows import by_rows
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score", fixed=True)
class tuplet_margin(LibraryLoss):
    """pytorch-metric-learning's TupletMarginLoss: a positive's angle minus `margin` degrees against all negatives.

    ℒ = log(1 + Σₙ exp(κ (cos θ(x,n) − cos(θ(x,p) − m))))
    """

    def __init__(
        self, dim: int, classes: int, *, margin: float = 5.73, scale: float = 64.0, pairs: str = "episode"
    ) -> None:
        between(0, 90, margin=margin)
        super().__init__(
            dim, classes, "TupletMarginLoss", pairs, {"margin": margin}, positive={"scale": scale}, angles=True
        )
        by_rows(self.loss, _negatives, _pairs)


def _negatives(loss: nn.Module, cosine: Tensor) -> Tensor:
    return loss.scale * cosine


def _pairs(loss: nn.Module, cosine: Tensor, first: Tensor, second: Tensor) -> Tensor:
    return softplus(first - loss.scale * cos(cosine.acos() - loss.margin))
