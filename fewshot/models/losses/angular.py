"""Angular loss (Wang et al. 2017)."""

import math

from torch import Tensor

from fewshot.core.checks import POSITIVE, between
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss

MOST = 89.0  # degrees: tan α is infinite at 90


@loss(similarity="cosine", needs="score", fixed=True, later=["scale"])
class angular(LibraryLoss):
    """pytorch-metric-learning's AngularLoss: the angle at the negative should be below `alpha` degrees (eq. 8).

    All embeddings are normalised; the library alone would not normalise negatives.

    ℒ = log(1 + Σₙ exp(κ (4 tan²α (s(x,n) + s(p,n)) − 2 (1 + tan²α) s(x,p))))
    """

    def __init__(
        self, dim: int, classes: int, *, alpha: float = 40.0, scale: float = 1.0, pairs: str = "episode"
    ) -> None:
        between(POSITIVE, None, scale=scale)
        between(0, MOST, alpha=alpha)
        super().__init__(dim, classes, "AngularLoss", pairs, {"alpha": alpha}, length=math.sqrt(scale))
        if scale != 1:
            self.own.normalize = _kept  # the library would undo the length


def _kept(embeddings: Tensor, dim: int = 1) -> Tensor:
    return embeddings
