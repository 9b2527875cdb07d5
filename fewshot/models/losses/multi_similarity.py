"""Multi-similarity loss (Wang et al. 2019)."""

from fewshot.core.errors import unknown
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss

MINERS = {"all": (), "hard": ("MultiSimilarityMiner", 0.1)}


@loss(similarity="cosine", needs="score", later=["mining"])
class multi_similarity(LibraryLoss):
    """pytorch-metric-learning's MultiSimilarityLoss: soft maxima over a query's positives and negatives (eq. 9).

    `mining`: "all" pairs, or those of the authors' miner alone ("hard"): negatives nearer than the farthest positive
    and positives farther than the nearest negative, with 0.1 to spare.

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
        mining: str = "all",
        pairs: str = "episode",
    ) -> None:
        if mining not in MINERS:
            raise unknown("mining", mining, MINERS, "mining")
        positive = {"alpha": alpha, "beta": beta}
        super().__init__(
            dim, classes, "MultiSimilarityLoss", pairs, {"base": base}, positive=positive, miner=MINERS[mining]
        )
