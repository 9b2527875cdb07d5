"""CosFace (Wang et al. 2018)."""

from fewshot.core.checks import between
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(
    similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True, class_vectors=True,
    revision=2,  # of the class vectors' length at the start and the defaults
)  # fmt: skip
class cosface(LibraryLoss):
    """pytorch-metric-learning's CosFaceLoss: softmax of cosines, the own class's reduced by `margin` (eq. 4).

    The authors' 0.35 and 64 are for faces; the defaults are the scale of `arcface` and a margin to match: 60.5 % on val
    after 1,000 steps of `benchmarks/losses.toml` at a rate of 0.004.

    ℒ = log(1 + Σ_c exp(κ (cos θ_c − cos θ_y + m)))
    """

    def __init__(self, dim: int, classes: int, *, margin: float = 0.1, scale: float = 12.0, pairs: str = "all") -> None:
        between(-1, 1, margin=margin)
        super().__init__(dim, classes, "CosFaceLoss", pairs, {"margin": margin}, positive={"scale": scale}, vectors="W")
