"""Batch norms over the images of all ranks, equal to those of one process with all images."""

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import batch_norm
from torch.nn.modules._functions import SyncBatchNorm
from torch.overrides import TorchFunctionMode

from fewshot.training.distributed.gather import gathered


class JointNorms(TorchFunctionMode):
    """A mode in which every batch norm in training uses the statistics of all ranks' images, while it is `on`."""

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
    """`batch_norm` over all ranks, which have equally many images."""
    if not training:
        return batch_norm(images, running_mean, running_var, weight, bias, False, momentum, eps)
    if images.is_cuda:
        rest = running_mean, running_var, eps, momentum, dist.group.WORLD, dist.get_world_size()
        return SyncBatchNorm.apply(images, weight, bias, *rest)
    return _OnProcessors.apply(images, weight, bias, running_mean, running_var, momentum, eps)


class _OnProcessors(torch.autograd.Function):
    """Torch's SyncBatchNorm, which works on GPUs only, for CPUs."""

    @staticmethod
    def forward(
        ctx: Any,
        images: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        momentum: float,
        eps: float,
    ) -> Tensor:
        kind = torch.promote_types(images.dtype, torch.float32)
        zeros, ones = torch.tensor([[0.0], [1.0]], dtype=kind).expand(2, images.shape[1]).clone()
        own = torch.batch_norm_update_stats(images, zeros.clone(), ones.clone(), 0.0)
        means, variances = gathered(torch.stack(own)).unbind(1)
        mean, var = means.mean(0), variances.mean(0) + means.var(0, correction=0)
        number = dist.get_world_size() * images.numel() // images.shape[1]
        if running_mean is not None:
            running_mean.lerp_(mean.to(running_mean.dtype), momentum)
            running_var.lerp_((var * number / (number - 1)).to(running_var.dtype), momentum)
        weight, ctx.number, ctx.eps = ones if weight is None else weight, number, eps
        ctx.save_for_backward(images, weight, mean, var)
        return torch.native_batch_norm(images, weight, bias, mean, var, False, 0.0, eps)[0]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        """Batch norm's gradients, with means over all ranks of the slope and of its product with normalised images."""
        images, weight, mean, var = ctx.saved_tensors
        given, kept = (slope, images, weight, mean, var, None, None, False, ctx.eps), [False, True, True]
        _, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(*given, kept)
        total = torch.stack([of_weight, of_bias])
        dist.all_reduce(total)
        product, plain = total / ctx.number
        inverse = (var + ctx.eps).rsqrt()
        by_slope, by_images = weight * inverse, -weight * inverse**2 * product
        of_images = _affine(images, by_images, -by_slope * plain - by_images * mean)
        of_images += _affine(slope, by_slope, torch.zeros_like(by_slope))
        _, to_weight, to_bias, *_ = ctx.needs_input_grad
        return of_images, of_weight if to_weight else None, of_bias if to_bias else None, None, None, None, None


def _affine(images: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Every channel times its scale plus its shift, in one pass with one rounding."""
    zeros, ones = torch.zeros_like(scale), torch.ones_like(scale)
    return torch.native_batch_norm(images, scale, shift, zeros, ones, False, 0.0, 0.0)[0]
