"""Baseline (Chen et al. 2019): a classifier of the training classes, and a new linear layer for every task."""

from fewshot.models.class_vectors import ClassVectors
from fewshot.models.losses import loss


@loss(
    similarity="cosine", shot_rule="linear_head", needs="score", fixed=True, class_vectors=True,
    one_shot="softmax", all_pairs="softmax",
    later=["initial_norm"], revision=2,  # of its head's steps
)  # fmt: skip
class baseline(ClassVectors):
    """Cross-entropy of the training class by a linear layer; a new linear layer is fitted to each task's supports, and
    pairs of images are compared by cosine.

    `initial_norm` is the length of the class vectors at the start; 0: about 0.58, as `nn.Linear` draws them.

    ℒ = log(1 + Σ_c exp(a_c − a_y)); `a_c = ⟨w_c, x⟩ + b_c`
    """

    def __init__(self, dim: int, classes: int, *, initial_norm: float = 0.0) -> None:
        super().__init__(dim, classes, bias=True, initial_norm=initial_norm)
