"""Baseline++ (Chen et al. 2019): a classifier of the training classes by cosine, and a new one for every task."""

from jaxtyping import Float
from torch import Tensor

from fewshot.core.checks import POSITIVE, between
from fewshot.core.types import Embeddings
from fewshot.models.class_vectors import ClassVectors, Labels
from fewshot.models.losses import loss


@loss(
    similarity="cosine", shot_rule="cosine_head", needs="score", fixed=True, class_vectors=True, called="baseline++",
    revision=2,  # of the class vectors' length at the start
)  # fmt: skip
class baseline_pp(ClassVectors):
    """Cross-entropy of the training class by scaled cosines; new class vectors are fitted to each task's supports.

    ℒ = log(1 + Σ_c exp(κ (cos θ_c − cos θ_y)))
    """

    def __init__(self, dim: int, classes: int, *, scale: float = 10.0) -> None:
        super().__init__(dim, classes, unit=True)
        between(POSITIVE, None, scale=scale)
        self.scale = scale

    def logits(self, images: Embeddings, label: Labels) -> Float[Tensor, "image class"]:
        return self.scale * self.class_scores(images)
