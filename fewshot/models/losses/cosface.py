"""CosFace (Wang et al. 2018)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True)
class cosface(LibraryLoss):
    """pytorch-metric-learning's CosFaceLoss: softmax of cosines, the own class's reduced by `margin` (eq. 4).

    ℒ = log(1 + Σ_c exp(κ (cos θ_c − cos θ_y + m)))
    """

    def __init__(
        self, dim: int, classes: int, *, margin: float = 0.35, scale: float = 64.0, pairs: str = "all"
    ) -> None:
        super().__init__(dim, classes, "CosFaceLoss", pairs, {"margin": margin}, positive={"scale": scale})
