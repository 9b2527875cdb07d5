"""Multi-similarity loss (Wang et al. 2019)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score")
class multi_similarity(LibraryLoss):
    """pytorch-metric-learning's MultiSimilarityLoss: soft maxima over a query's positives and negatives (eq. 9).

    ℒ = log(1 + Σₚ exp(α (base − s(x,p)))) / α + log(1 + Σₙ exp(β (s(x,n) − base))) / β
    """

    def __init__(
        self,
        dim: int,
        classes: int,
        *,
        alpha: float = 2.0,
        beta: float = 50.0,
        base: float = 0.5,
        pairs: str = "episode",
    ) -> None:
        positive = {"alpha": alpha, "beta": beta}
        super().__init__(dim, classes, "MultiSimilarityLoss", pairs, {"base": base}, positive=positive)
