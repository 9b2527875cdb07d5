"""SoftTriple loss (Qian et al. 2019)."""

from fewshot.core.checks import between
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(
    similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True, class_vectors=True,
    revision=2,  # of the class vectors' length at the start
)  # fmt: skip
class soft_triple(LibraryLoss):
    """pytorch-metric-learning's SoftTripleLoss: softmax by a soft choice among several vectors a class (eq. 7).

    ℒ = log(1 + Σ_c exp(la (S_c − S_y + m))); `S_c = Σₖ s(x,w_ck) exp(s(x,w_ck) / γ) / Σₖ exp(s(x,w_ck) / γ)`
    """

    def __init__(
        self,
        dim: int,
        classes: int,
        *,
        centers_per_class: int = 10,
        la: float = 20.0,
        gamma: float = 0.1,
        margin: float = 0.01,
        pairs: str = "all",
    ) -> None:
        between(-1, 1, margin=margin)
        between(1, None, centers_per_class=centers_per_class)
        given = {"margin": margin, "centers_per_class": centers_per_class}
        positive = {"la": la, "gamma": gamma}
        super().__init__(dim, classes, "SoftTripleLoss", pairs, given, positive=positive, vectors="fc")
