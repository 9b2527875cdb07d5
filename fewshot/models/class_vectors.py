"""Losses that classify a step's images among the training classes, by a vector for each class."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, normalize

from fewshot.core.types import Embeddings, Query, Scalar, Similarity, Support

Labels = Int64[Tensor, " image"]


def labelled(support: Support, query: Query, classes: Int64[Tensor, "task way"]) -> tuple[Embeddings, Labels]:
    """All images of all tasks along one axis, and the numbers of their training classes."""
    both = torch.cat([support, query], 2)
    return both.flatten(0, 2), classes[..., None].expand(both.shape[:3]).flatten()


class ClassVectors(nn.Module):
    """Cross-entropy of every image's training class, with one learned vector a class, as in a classifier."""

    def __init__(self, dim: int, classes: int, *, bias: bool = False) -> None:
        super().__init__()
        layer = nn.Linear(dim, classes, bias=bias)
        self.weight, self.bias = layer.weight, layer.bias

    def forward(self, support: Support, query: Query, similarity: Similarity, classes: Tensor) -> Scalar:
        images, label = labelled(support, query, classes)
        return cross_entropy(self.logits(images, label), label)

    def logits(self, images: Embeddings, label: Labels) -> Float[Tensor, "image class"]:
        """Inner products with the class vectors, plus the bias if there is one."""
        return linear(images, self.weight, self.bias)

    def cosines(self, images: Embeddings) -> Float[Tensor, "image class"]:
        """Cosines of the angles to the class vectors."""
        return linear(normalize(images, dim=-1), normalize(self.weight, dim=-1))
