"""Classification of the training classes by a linear layer (Chen et al. 2021)."""

from fewshot.models.class_vectors import ClassVectors
from fewshot.models.losses import loss


@loss(
    similarity="cosine",
    shot_rule="mean_embedding",
    needs="score",
    fixed=True,
    class_vectors=True,
    later=["initial_norm"],
)
class softmax(ClassVectors):
    """Cross-entropy of every image's training class; new classes are compared by cosine.

    `initial_norm` is the length of the class vectors at the start; 0: about 0.58, as `nn.Linear` draws them.

    ℒ = log(1 + Σ_c exp(a_c − a_y)); `a_c = ⟨w_c, x⟩ + b_c`
    """

    def __init__(self, dim: int, classes: int, *, initial_norm: float = 0.0) -> None:
        super().__init__(dim, classes, bias=True, initial_norm=initial_norm)
