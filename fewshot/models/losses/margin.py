"""Margin loss (Wu et al. 2017)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score")
class margin(LibraryLoss):
    """pytorch-metric-learning's MarginLoss over all triplets: same-class distances should stay below `beta` − `margin`,
    others above `beta` + `margin` (eq. 3); with cosine it uses Euclidean distances of normalised embeddings.

    ℒ⁺ = [d(x,p) − β + m]₊, [β − d(x,n) + m]₊; these are two terms for each triplet
    """

    def __init__(
        self, dim: int, classes: int, *, margin: float = 0.2, beta: float = 1.2, pairs: str = "episode"
    ) -> None:
        super().__init__(dim, classes, "MarginLoss", pairs, {"margin": margin, "beta": beta})
