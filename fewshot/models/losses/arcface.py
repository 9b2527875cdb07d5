"""ArcFace (Deng et al. 2019)."""

from fewshot.core.checks import between
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(
    similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True, class_vectors=True,
    revision=2,  # of the class vectors' length at the start and the defaults
)  # fmt: skip
class arcface(LibraryLoss):
    """pytorch-metric-learning's ArcFaceLoss: softmax of cosines, the own class's angle enlarged by `margin` degrees
    (eq. 3).

    The authors' 28.6° and 64 are for faces and networks of millions of images: on 3,856 classes of Omniglot all images
    turn opposite to all class vectors, where the loss has a flat place (at θ_y = 180° − m). The default scale is about
    √2 ln(C − 1) for C = 3,856 classes, the fixed scale of AdaCos, Zhang et al. 2019, and the default margin is 0.1 rad:
    60.6 % on val after 1,000 steps of `benchmarks/losses.toml` at a rate of 0.004, where the authors' values give 49.

    ℒ = log(1 + Σ_c exp(κ cos θ_c − κ cos(θ_y + m))); beyond θ_y = 180° − m, cos θ_y − m sin m replaces cos(θ_y + m)
    """

    def __init__(self, dim: int, classes: int, *, margin: float = 5.7, scale: float = 12.0, pairs: str = "all") -> None:
        between(-90, 90, margin=margin)
        super().__init__(dim, classes, "ArcFaceLoss", pairs, {"margin": margin}, positive={"scale": scale}, vectors="W")
