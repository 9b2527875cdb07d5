"""Proxy anchor loss (Kim et al. 2020)."""

from fewshot.core.checks import between
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(
    similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True, class_vectors=True,
    revision=2,  # of the class vectors' length at the start
)  # fmt: skip
class proxy_anchor(LibraryLoss):
    """pytorch-metric-learning's ProxyAnchorLoss: each class vector against all images of the step (eq. 4).

    ℒ = mean_y log(1 + Σₚ exp(α (m − s(p,w_y)))) + mean_c log(1 + Σₙ exp(α (m + s(n,w_c)))); y runs over the step's
    classes with their images p, c over all classes with the images n of others
    """

    def __init__(self, dim: int, classes: int, *, margin: float = 0.1, alpha: float = 32.0, pairs: str = "all") -> None:
        between(-1, 1, margin=margin)
        super().__init__(
            dim, classes, "ProxyAnchorLoss", pairs, {"margin": margin}, positive={"alpha": alpha}, vectors="proxies"
        )
