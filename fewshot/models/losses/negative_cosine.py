"""Cosine softmax with a negative margin (Liu et al. 2020)."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot

from fewshot.core.checks import POSITIVE, between
from fewshot.core.types import Embeddings
from fewshot.models.class_vectors import ClassVectors, Labels
from fewshot.models.losses import loss


@loss(
    similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True, class_vectors=True,
    revision=3,  # of the default margin; of the class vectors' length at the start
)  # fmt: skip
class negative_cosine(ClassVectors):
    """Cross-entropy of the training class by scaled cosines, the own class's reduced by `margin` (eq. 2). A negative
    margin lets training classes overlap, which keeps new classes apart; the default is the authors' for 1-shot
    miniImageNet.

    ℒ = log(1 + Σ_c exp(κ (cos θ_c − cos θ_y + m)))
    """

    def __init__(self, dim: int, classes: int, *, margin: float = -0.05, scale: float = 30.0) -> None:
        super().__init__(dim, classes, unit=True)
        between(POSITIVE, None, scale=scale)
        between(-1, 1, margin=margin)
        self.margin, self.scale = margin, scale

    def logits(self, images: Embeddings, label: Labels) -> Float[Tensor, "image class"]:
        cosines = self.class_scores(images)
        return self.scale * (cosines - self.margin * one_hot(label, cosines.shape[1]))
