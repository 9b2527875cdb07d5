"""Normalised softmax (Zhai and Wu 2019)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(
    similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True, class_vectors=True,
    all_pairs="baseline_pp",
    revision=2,  # of the class vectors' length at the start
)  # fmt: skip
class norm_softmax(LibraryLoss):
    """pytorch-metric-learning's NormalizedSoftmaxLoss: cross-entropy of the training class by cosines divided by a
    temperature.

    ℒ = log(1 + Σ_c exp((cos θ_c − cos θ_y) / T))
    """

    def __init__(self, dim: int, classes: int, *, temperature: float = 0.05, pairs: str = "all") -> None:
        super().__init__(
            dim, classes, "NormalizedSoftmaxLoss", pairs, {}, positive={"temperature": temperature}, vectors="W"
        )
