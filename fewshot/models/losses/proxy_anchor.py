"""Proxy anchor loss (Kim et al. 2020)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True)
class proxy_anchor(LibraryLoss):
    """pytorch-metric-learning's ProxyAnchorLoss: each class vector against all images of the step (eq. 4)."""

    def __init__(self, dim: int, classes: int, *, margin: float = 0.1, alpha: float = 32.0, pairs: str = "all") -> None:
        super().__init__(dim, classes, "ProxyAnchorLoss", pairs, {"margin": margin}, positive={"alpha": alpha})
