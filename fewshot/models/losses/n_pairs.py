"""N-pairs loss (Sohn 2016)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="dot_product", needs="score")
class n_pairs(LibraryLoss):
    """pytorch-metric-learning's NPairsLoss: cross-entropy of one pair a class by inner products (eq. 3), without the
    paper's penalty on norms.

    ℒ = log(1 + Σₙ exp(s(x,n) − s(x,p))); x and p are the first two images of a class, n the p of other classes
    """

    selective = True  # only the first two images of each class count

    def __init__(self, dim: int, classes: int, *, pairs: str = "all") -> None:
        super().__init__(dim, classes, "NPairsLoss", pairs, {})
