"""Classification of the training classes by a linear layer."""

from torch import Tensor
from torch.nn.functional import cross_entropy

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.class_vectors import ClassVectors, labelled
from fewshot.models.losses import loss


@loss(similarity="cosine", shot_rule="mean_embedding", needs="score", fixed=True)
class softmax(ClassVectors):
    """Cross-entropy of every image's training class among all of them; new classes are compared by cosine."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__(dim, classes, bias=True)

    def forward(self, support: Support, query: Query, similarity: Similarity, classes: Tensor) -> Scalar:
        images, label = labelled(support, query, classes)
        return cross_entropy(self.logits(images), label)
