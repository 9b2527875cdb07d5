"""Angular loss (Wang et al. 2017)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score", fixed=True)
class angular(LibraryLoss):
    """pytorch-metric-learning's AngularLoss: the angle at the negative should be below `alpha` degrees (eq. 8).

    All embeddings are normalised; the library alone would not normalise negatives.

    ℒ = log(1 + Σₙ exp(4 tan²α (s(x,n) + s(p,n)) − 2 (1 + tan²α) s(x,p)))
    """

    def __init__(self, dim: int, classes: int, *, alpha: float = 40.0, pairs: str = "episode") -> None:
        super().__init__(dim, classes, "AngularLoss", pairs, {"alpha": alpha}, normalised=True)
