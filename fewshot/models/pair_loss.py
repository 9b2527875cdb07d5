"""`PairLoss`: a loss applied to independent pairs instead of tasks."""

from functools import partial

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.types import MEASURES, Loss, Query, Scalar, Similarity, Support
from fewshot.models.compare import Measure


class PairLoss(nn.Module):
    """A loss of independent pairs: it meets each row's query with that row's support, and nothing else.

    So each mean of a loss over comparisons of one class, or of two, is its mean over the pairs.
    """

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.loss = loss

    def forward(
        self, support: Support, query: Query, similarity: Similarity, classes: Int64[Tensor, "task way"]
    ) -> Scalar:
        return self.loss(support, query, _Rowwise(similarity), classes)


class _Rowwise:
    """The measures that a similarity has, of the same-class and the different-class pair of each task."""

    def __init__(self, similarity: Similarity) -> None:
        for name in MEASURES:
            if hasattr(similarity, name):
                setattr(self, name, partial(_table, getattr(similarity, name)))


def _table(
    measure: Measure, left: Float[Tensor, "*shape"], right: Float[Tensor, "*shape"]
) -> Float[Tensor, "task 2 2"]:
    """[[same, different], [different, same]] of each task, where each left meets the right of its own row."""
    if left.ndim != 3 or left.shape[1] != 2:
        raise RequestError(f"expected a loss that compares the two queries and supports of a task, got {left.shape}")
    same, different = measure(left[:, :, None], right[:, :, None])[:, :, 0, 0].unbind(1)
    return torch.stack([torch.stack([same, different], -1), torch.stack([different, same], -1)], 1)
