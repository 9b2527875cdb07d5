"""Losses of pytorch-metric-learning over all negatives of an image, summed once an image.

For each positive pair the library makes a row of all negatives of the step: 800 × 39,000 numbers for 200 images, five a
class, which take ten times as long as the network. The value is the same by rows of images.
"""

from collections.abc import Callable
from types import MethodType

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

Negatives = Callable[[nn.Module, Tensor], Tensor]
Pairs = Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor]


def by_rows(loss: nn.Module, negatives: Negatives, pairs: Pairs) -> None:
    """Make a loss of the library sum by rows.

    `negatives(loss, values)` are terms of the measured values `[image other]`, of which each image's log-sum of
    exponentials is taken over its negatives. `pairs(loss, value, first, second)` are the losses of positive pairs, from
    their values and the log-sums of their two images.
    """

    def compute(loss: nn.Module, values: Tensor, positive: Tensor, negative: Tensor) -> dict:
        first, second = positive.nonzero(as_tuple=True)
        if not (len(first) and negative.any()):
            return loss.zero_losses()
        least = torch.finfo(values.dtype).min  # an image without negatives has no gradient of them
        rows = negatives(loss, values).masked_fill(negative == 0, least).logsumexp(1)
        others = rows[second] if len(rows) == values.shape[1] else rows[first]
        found = pairs(loss, values[first, second], rows[first], others)
        return {"loss": {"losses": found, "indices": (first, second), "reduction_type": "pos_pair"}}

    loss.loss_method, loss._compute_loss = loss.mat_based_loss, MethodType(compute, loss)  # which a copy binds anew


def logits(loss: nn.Module, values: Tensor) -> Tensor:
    """The measured values of pairs, more for those that are more alike, by the temperature."""
    return (values if loss.distance.is_inverted else -values) / loss.temperature


def of_pairs(loss: nn.Module, value: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Cross-entropy of pairs among the first image's negatives."""
    return softplus(first - logits(loss, value))
