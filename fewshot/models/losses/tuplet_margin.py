"""Tuplet margin loss (Yu and Tao 2019)."""

from fewshot.core.checks import between
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
