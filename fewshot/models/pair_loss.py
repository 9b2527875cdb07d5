"""`PairLoss`: a loss of tasks, applied to independent pairs."""

from functools import partial

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.types import MEASURES, Loss, Scalar, Side, Similarity
from fewshot.models.compare import Measure


class PairLoss(nn.Module):
    """A loss of tasks that compares each left image only with the right image of its pair.

    The loss sees each same-class pair and its different-class pair as a 2-way task: every same-class comparison has the
    value of the first pair, and every different-class comparison that of the second. The loss's means over same-class
    and over different-class comparisons are therefore means over the pairs.
    """

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, left: Side, right: Side, similarity: Similarity, classes: Int64[Tensor, "pair 2"]) -> Scalar:
        return self.loss(right[:, :, None], left[:, :, None], _Pairwise(similarity), classes)


class _Pairwise:
    """A similarity's measures, taken of pairs."""

    def __init__(self, similarity: Similarity) -> None:
        for name in MEASURES:
            if hasattr(similarity, name):
                setattr(self, name, partial(_table, getattr(similarity, name)))


def _table(
    measure: Measure, left: Float[Tensor, "*shape"], right: Float[Tensor, "*shape"]
) -> Float[Tensor, "pair 2 2"]:
    """[[same, different], [different, same]] for each same-class pair and its different-class pair."""
    if left.ndim != 3 or left.shape[1] != 2:
        raise RequestError(f"expected a loss that compares the two queries and supports of a task, got {left.shape}")
    same, different = measure(left[:, :, None], right[:, :, None])[:, :, 0, 0].unbind(1)
    return torch.stack([torch.stack([same, different], -1), torch.stack([different, same], -1)], 1)
