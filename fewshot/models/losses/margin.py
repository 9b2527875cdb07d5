"""Margin loss (Wu et al. 2017)."""

from fewshot.core.checks import between
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score", later=["learned_beta"])
class margin(LibraryLoss):
    """pytorch-metric-learning's MarginLoss over all triplets: same-class distances should stay below `beta` − `margin`,
    others above `beta` + `margin` (eq. 3); with cosine it uses Euclidean distances of normalised embeddings.
    `learned_beta` learns β, from its value here.

    ℒ⁺ = [d(x,p) − β + m]₊, [β − d(x,n) + m]₊; these are two terms for each triplet
    """

    def __init__(
        self,
        dim: int,
        classes: int,
        *,
        margin: float = 0.2,
        beta: float = 1.2,
        learned_beta: bool = False,
        pairs: str = "episode",
    ) -> None:
        between(0, None, margin=margin, beta=beta)
        given = {"margin": margin, "beta": beta, "learn_beta": learned_beta}
        super().__init__(dim, classes, "MarginLoss", pairs, given)
