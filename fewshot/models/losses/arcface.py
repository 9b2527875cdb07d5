"""ArcFace (Deng et al. 2019)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True)
class arcface(LibraryLoss):
    """pytorch-metric-learning's ArcFaceLoss: softmax of cosines, the own class's angle enlarged by `margin` degrees
    (eq. 3).

    ℒ = log(1 + Σ_c exp(κ cos θ_c − κ cos(θ_y + m))); beyond θ_y = 180° − m, cos θ_y − m sin m replaces cos(θ_y + m)
    """

    def __init__(
        self, dim: int, classes: int, *, margin: float = 28.6, scale: float = 64.0, pairs: str = "all"
    ) -> None:
        super().__init__(dim, classes, "ArcFaceLoss", pairs, {"margin": margin}, positive={"scale": scale})
