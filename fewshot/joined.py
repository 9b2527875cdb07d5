"""One objective of several processes: each has its own tasks, and the gradients are those of one process with them all.

Whatever a rank computes of others goes through `gathered`, whose gradient is the sum over ranks; then the gradient of
the mean of all ranks' objectives is the mean of their gradients, which is what DistributedDataParallel takes.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
import torch.distributed as dist
from jaxtyping import Int64, Shaped
from torch import Tensor, nn
from torch.nn.functional import batch_norm
from torch.nn.modules._functions import SyncBatchNorm
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode

from fewshot.contracts import Loss, Query, Scalar, Similarity, Support, Tasks
from fewshot.rng import seeded, stream


class Joined(nn.Module):
    """A learner's objective of this rank's tasks; DistributedDataParallel wraps it.

    A learner that takes a loss embeds its own tasks, with the statistics of all ranks in its batch norms, and the loss
    is that of all tasks, on every rank the same. One that goes `by_task` needs to join running statistics alone.
    Dropout draws other numbers on each rank, and the loss, if it draws, the same on all.
    """

    def __init__(self, learner: nn.Module, loss: Loss | None) -> None:
        super().__init__()
        self.learner, self.loss = learner, loss
        # DDP, told that not all weights need be used in a step, complains where all are: this one never is.
        self.unused = nn.Parameter(torch.zeros((), device=next(learner.parameters()).device))

    def forward(self, tasks: Tasks) -> Scalar:
        start, device = torch.initial_seed(), tasks.support.device
        with seeded(start, f"rank {dist.get_rank()}", device):
            if self.loss is None:
                return _by_task(self.learner, tasks)
            with _JointNorms() as norms:
                return self.learner.objective(tasks, partial(self._of_all, norms, start))

    def _of_all(
        self,
        norms: "_JointNorms",
        start: int,
        support: Support,
        query: Query,
        similarity: Similarity,
        classes: Int64[Tensor, "task way"],
    ) -> Scalar:
        """The loss of all ranks' tasks, in the order of one process."""
        shot = support.shape[2]
        both = gathered(torch.cat([support, query], 2)).flatten(0, 1)
        norms.on = False  # what a loss and a similarity see is of all ranks already
        with stream(start, both.device):
            found = self.loss(both[:, :, :shot], both[:, :, shot:], similarity, gathered(classes).flatten(0, 1))
        norms.on = True
        return found


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, own: Tensor) -> Tensor:
        everyone = own.new_empty(dist.get_world_size(), *own.shape)
        dist.all_gather(list(everyone.unbind(0)), own.contiguous())
        return everyone

    @staticmethod
    def backward(ctx: object, slope: Tensor) -> Tensor:
        total = slope.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total[dist.get_rank()]


def gathered(own: Shaped[Tensor, "*shape"]) -> Shaped[Tensor, "rank *shape"]:
    """The tensors of all ranks. The gradient is the sum of those that the ranks have of this one's."""
    return _Gathered.apply(own)


class _JointNorms(TorchFunctionMode):
    """Every batch norm in training takes the statistics of all ranks' images, while it is `on`."""

    def __init__(self) -> None:
        super().__init__()
        self.on = True

    def __torch_function__(
        self, function: Callable, types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        if function is batch_norm and self.on:
            function = _joint_batch_norm
        return function(*args, **(kwargs or {}))


def _joint_batch_norm(
    images: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """`batch_norm` over all ranks, each of which has equally many images."""
    if not training:
        return batch_norm(images, running_mean, running_var, weight, bias, False, momentum, eps)
    count = dist.get_world_size()
    if images.is_cuda:  # torch's own is for GPUs alone
        group = dist.group.WORLD
        return SyncBatchNorm.apply(images, weight, bias, running_mean, running_var, eps, momentum, group, count)
    full = images.to(torch.promote_types(images.dtype, torch.float32))
    own = torch.var_mean(full, [0, *range(2, full.ndim)], correction=0)
    vars_, means = gathered(torch.stack(own)).unbind(1)
    mean, var = means.mean(0), vars_.mean(0) + means.var(0, correction=0)
    if running_mean is not None:
        number = count * images.numel() // images.shape[1]
        running_mean.lerp_(mean.detach().to(running_mean.dtype), momentum)
        running_var.lerp_((var.detach() * (number / (number - 1))).to(running_var.dtype), momentum)
    scale = (var + eps).rsqrt() if weight is None else (var + eps).rsqrt() * weight
    shape = (-1, *[1] * (full.ndim - 2))
    found = (full - mean.view(shape)) * scale.view(shape)
    return (found if bias is None else found + bias.view(shape)).to(images.dtype)


def _by_task(learner: nn.Module, tasks: Tasks) -> Scalar:
    """The objective of a learner that takes its tasks one after the other, norms and all.

    The passes of all ranks have moved the running statistics, in the order of one process, by the end.
    """
    before = {norm: _statistics(norm) for norm in _tracking(learner)}
    objective = learner.objective(tasks, None)
    for norm, (old, passes) in before.items():
        new, tracked = _statistics(norm)
        kept = (1 - norm.momentum) ** (tracked - passes).to(old.dtype)  # of what was there, after a rank's passes
        value = old
        for added in gathered(new - kept * old):
            value = kept * value + added
        norm.running_mean.data.copy_(value[0])  # as torch's own updates are: none that the gradient has to know of
        norm.running_var.data.copy_(value[1])
        norm.num_batches_tracked.copy_(passes + dist.get_world_size() * (tracked - passes))
    return objective


def _tracking(learner: nn.Module) -> Iterator[nn.Module]:
    return (one for one in learner.modules() if isinstance(one, _BatchNorm) and one.running_mean is not None)


def _statistics(norm: nn.Module) -> tuple[Tensor, Tensor]:
    """Copies of mean and variance, [2 channel], and of the number of passes."""
    return torch.stack([norm.running_mean, norm.running_var]), norm.num_batches_tracked.clone()
