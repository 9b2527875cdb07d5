"""Losses that classify a step's images among the training classes, by a vector for each class."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, normalize

from fewshot.core.checks import between
from fewshot.core.errors import RequestError
from fewshot.core.types import Embeddings, Query, Scalar, Similarity, Support

Labels = Int64[Tensor, " image"]


def check_embeddings(support: Support, query: Query) -> None:
    """Raise `RequestError` for embeddings that are not those of the same classes of the same tasks."""
    tensors = isinstance(support, Tensor) and isinstance(query, Tensor)
    if not tensors or not (
        support.ndim == query.ndim == 4
        and support.shape[:2] == query.shape[:2]
        and support.shape[3] == query.shape[3]
        and 0 not in (*support.shape[:2], support.shape[3])
        and support.is_floating_point()
        and query.is_floating_point()
    ):
        raise RequestError(
            "expected float supports [task way shot dim] and queries [task way query dim] of the same tasks, got "
            f"{form(support)} and {form(query)}"
        )


def form(value: object) -> str:
    """The type and the shape of a value, for messages: "float32 [2, 5, 1, 64]"."""
    if isinstance(value, Tensor):
        return f"{str(value.dtype).removeprefix('torch.')} {list(value.shape)}"
    return type(value).__name__


def labelled(support: Support, query: Query, classes: Int64[Tensor, "task way"]) -> tuple[Embeddings, Labels]:
    """All images of all tasks along one axis, and the numbers of their training classes."""
    check_embeddings(support, query)
    if not isinstance(classes, Tensor) or classes.shape != support.shape[:2]:
        raise RequestError(f"classes: expected numbers {list(support.shape[:2])} [task way], got {form(classes)}")
    both = torch.cat([support, query], 2)
    return both.flatten(0, 2), classes[..., None].expand(both.shape[:3]).flatten()


@torch.no_grad()
def rescale(weight: Tensor, axis: int, length: float = 1.0) -> None:
    """Scale the vectors along an axis of a weight to a length."""
    weight.copy_(length * normalize(weight, dim=axis))


class ClassVectors(nn.Module):
    """Cross-entropy of every image's training class, with one learned vector a class, as in a classifier.

    With `unit` images and vectors are compared by cosine, and the vectors start at length 1, so that one learning rate
    suits any number of dimensions; otherwise by inner product, and the vectors start as those of `nn.Linear`, at a
    length of about 0.58, or scaled to the length `initial_norm`.
    """

    def __init__(
        self, dim: int, classes: int, *, bias: bool = False, unit: bool = False, initial_norm: float = 0.0
    ) -> None:
        super().__init__()
        layer = nn.Linear(dim, classes, bias=bias)
        self.weight, self.bias, self.unit = layer.weight, layer.bias, unit
        between(0, None, initial_norm=initial_norm)
        if unit or initial_norm:
            rescale(self.weight, 1, initial_norm or 1.0)

    def forward(self, support: Support, query: Query, similarity: Similarity, classes: Tensor) -> Scalar:
        images, label = labelled(support, query, classes)
        return cross_entropy(self.logits(images, label), label)

    def logits(self, images: Embeddings, label: Labels) -> Float[Tensor, "image class"]:
        """The logits of the cross-entropy: scores, which a subclass may scale and reduce by a margin."""
        return self.class_scores(images)

    def class_scores(self, images: Embeddings) -> Float[Tensor, "image class"]:
        """Cosines, or inner products with the class vectors, plus the bias if there is one."""
        return self.cosines(images) if self.unit else linear(images, self.weight, self.bias)

    def cosines(self, images: Embeddings) -> Float[Tensor, "image class"]:
        """Cosines of the angles to the class vectors."""
        return linear(normalize(images, dim=-1), normalize(self.weight, dim=-1))
