"""Triplet margin loss with mining (Schroff et al. 2015).

Easy positives are Xuan et al. 2020, hardest triplets Hermans et al. 2017.
"""

from fewshot.core.checks import between
from fewshot.core.errors import unknown
from fewshot.models.adapters.library import library
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss

REDUCERS = {"non_zero": "AvgNonZeroReducer", "mean": "MeanReducer"}


@loss(similarity="cosine", needs="score")
class triplet_margin(LibraryLoss):
    """pytorch-metric-learning's TripletMarginLoss; with cosine it uses Euclidean distances of normalised embeddings.

    `mining`: "all" triplets, "easy" (the nearest positive and a negative beyond it), "semihard" (negatives beyond the
    positive but within the margin) or "hardest" (the farthest positive and the nearest negative of each query).
    `reducer`: the mean over triplets with a positive loss ("non_zero") or over all ("mean").

    ℒ⁺ = [d(x,p) − d(x,n) + m]₊; of the mined triplets, and ℒ with `reducer = "mean"`
    """

    def __init__(
        self,
        dim: int,
        classes: int,
        *,
        margin: float = 0.05,
        mining: str = "all",
        reducer: str = "non_zero",
        pairs: str = "episode",
    ) -> None:
        between(0, None, margin=margin)
        miners = {
            "all": (),
            "easy": ("BatchEasyHardMiner", "easy", "semihard"),
            "semihard": ("TripletMarginMiner", margin, "semihard"),
            "hardest": ("BatchHardMiner",),
        }
        for option, value, known in (("mining", mining, miners), ("reducer", reducer, REDUCERS)):
            if value not in known:
                raise unknown(option, value, known, option)
        given = {"margin": margin, "reducer": getattr(library().reducers, REDUCERS[reducer])()}
        super().__init__(dim, classes, "TripletMarginLoss", pairs, given, miner=miners[mining])
