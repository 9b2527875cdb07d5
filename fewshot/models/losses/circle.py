"""Circle loss (Sun et al. 2020)."""

from fewshot.core.checks import between
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score", fixed=True)
class circle(LibraryLoss):
    """pytorch-metric-learning's CircleLoss: each pair is weighted by its cosine's distance to the optimum (eq. 6).

    ℒ⁺ = log(1 + Σₙ exp(γ [s(x,n) + m]₊ (s(x,n) − m)) · Σₚ exp(γ [1 + m − s(x,p)]₊ (1 − m − s(x,p))));
    the brackets pass no gradient
    """

    smooth = False  # these weights are detached

    def __init__(self, dim: int, classes: int, *, m: float = 0.4, gamma: float = 80.0, pairs: str = "episode") -> None:
        between(-1, 1, m=m)
        super().__init__(dim, classes, "CircleLoss", pairs, {"m": m}, positive={"gamma": gamma})
