"""Supervised contrastive loss (Khosla et al. 2020)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score", one_shot="matching")
class supcon(LibraryLoss):
    """pytorch-metric-learning's SupConLoss: mean log-probability of all positives among all others (eq. 2).

    ℒ⁺ = −meanₚ log(exp(s(x,p) / T) / (Σₚ exp(s(x,p) / T) + Σₙ exp(s(x,n) / T)))
    """

    def __init__(self, dim: int, classes: int, *, temperature: float = 0.1, pairs: str = "episode") -> None:
        super().__init__(dim, classes, "SupConLoss", pairs, {}, positive={"temperature": temperature})
