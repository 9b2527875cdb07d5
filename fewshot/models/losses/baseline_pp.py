"""Baseline++ (Chen et al. 2019): a classifier of the training classes by cosine, and a new one for every task."""

from torch import Tensor
from torch.nn.functional import cross_entropy

from fewshot.core.checks import POSITIVE, between
from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.class_vectors import ClassVectors, labelled
from fewshot.models.losses import loss


@loss(similarity="cosine", shot_rule="cosine_head", needs="score", fixed=True, called="baseline++")
class baseline_pp(ClassVectors):
    """Cross-entropy of the training class by scaled cosines; a task's classes get vectors fitted to its supports."""

    def __init__(self, dim: int, classes: int, *, scale: float = 10.0) -> None:
        super().__init__(dim, classes)
        between(POSITIVE, None, scale=scale)
        self.scale = scale

    def forward(self, support: Support, query: Query, similarity: Similarity, classes: Tensor) -> Scalar:
        images, label = labelled(support, query, classes)
        return cross_entropy(self.scale * self.cosines(images), label)
