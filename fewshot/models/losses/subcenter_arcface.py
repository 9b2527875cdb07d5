"""Sub-centre ArcFace (Deng et al. 2020)."""

from fewshot.core.checks import between
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(
    similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True, class_vectors=True,
    revision=2,  # of the class vectors' length at the start and the defaults
)  # fmt: skip
class subcenter_arcface(LibraryLoss):
    """pytorch-metric-learning's SubCenterArcFaceLoss: ArcFace with several vectors a class, the nearest counts.

    The default margin and scale are those of `arcface`, for its reason.

    ℒ = log(1 + Σ_c exp(κ cos θ_c − κ cos(θ_y + m))); `cos θ_c = maxₖ s(x,w_ck)`, with the end of `arcface`
    """

    def __init__(
        self,
        dim: int,
        classes: int,
        *,
        margin: float = 5.7,
        scale: float = 12.0,
        sub_centers: int = 3,
        pairs: str = "all",
    ) -> None:
        between(-90, 90, margin=margin)
        between(1, None, sub_centers=sub_centers)
        given = {"margin": margin, "sub_centers": sub_centers}
        super().__init__(dim, classes, "SubCenterArcFaceLoss", pairs, given, positive={"scale": scale}, vectors="W")
