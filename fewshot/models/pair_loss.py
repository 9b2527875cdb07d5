"""`PairLoss`: a loss of independent pairs instead of tasks."""

from functools import partial

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.types import MEASURES, Loss, Scalar, Side, Similarity
from fewshot.models.compare import Measure


class PairLoss(nn.Module):
    """A loss of tasks that is given pairs: each left image meets the right one of its pair, and nothing else.

    Two pairs that stand together are shown to the loss as a task of two classes, in which every comparison of one class
    is the first pair and every one of two classes the second. So each mean of a loss over comparisons of one class, or
    of two, is its mean over the pairs.
    """

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, left: Side, right: Side, similarity: Similarity, classes: Int64[Tensor, "pair 2"]) -> Scalar:
        return self.loss(right[:, :, None], left[:, :, None], _Pairwise(similarity), classes)


class _Pairwise:
    """The measures that a similarity has, of pairs."""

    def __init__(self, similarity: Similarity) -> None:
        for name in MEASURES:
            if hasattr(similarity, name):
                setattr(self, name, partial(_table, getattr(similarity, name)))


def _table(
    measure: Measure, left: Float[Tensor, "*shape"], right: Float[Tensor, "*shape"]
) -> Float[Tensor, "pair 2 2"]:
    """[[same, different], [different, same]] of each two pairs, where each left meets its own right."""
    if left.ndim != 3 or left.shape[1] != 2:
        raise RequestError(f"expected a loss that compares the two queries and supports of a task, got {left.shape}")
    same, different = measure(left[:, :, None], right[:, :, None])[:, :, 0, 0].unbind(1)
    return torch.stack([torch.stack([same, different], -1), torch.stack([different, same], -1)], 1)
