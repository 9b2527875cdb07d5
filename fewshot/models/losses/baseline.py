"""Baseline (Chen et al. 2019): a classifier of the training classes, and a new linear layer for every task."""

from torch import Tensor
from torch.nn.functional import cross_entropy

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.class_vectors import ClassVectors, labelled
from fewshot.models.losses import loss


@loss(similarity="cosine", shot_rule="linear_head", needs="score", fixed=True, revision=2)  # of its head's steps
class baseline(ClassVectors):
    """Cross-entropy of the training class by a linear layer; a task's classes get a linear layer fitted to its
    supports, and pairs of images are compared by cosine."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__(dim, classes, bias=True)

    def forward(self, support: Support, query: Query, similarity: Similarity, classes: Tensor) -> Scalar:
        images, label = labelled(support, query, classes)
        return cross_entropy(self.logits(images), label)
