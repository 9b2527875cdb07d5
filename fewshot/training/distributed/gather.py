"""The tensors of all ranks, with gradients.

The gradient of the mean of all ranks' objectives is the mean of the ranks' gradients, for any function of the gathered
tensors: DistributedDataParallel computes this mean.
"""

from typing import Any

import torch
import torch.distributed as dist
from jaxtyping import Shaped
from torch import Tensor


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:
        everyone = own.new_empty(dist.get_world_size(), *own.shape)
        dist.all_gather(list(everyone.unbind(0)), own.contiguous())
        return everyone

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        total = slope.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total[dist.get_rank()]


def gathered(own: Shaped[Tensor, "*shape"]) -> Shaped[Tensor, "rank *shape"]:
    """The tensors of all ranks. The gradient of this rank's tensor is the sum of all ranks' gradients for it."""
    return _Gathered.apply(own)
