"""A DDP objective whose gradients equal those of one process that sees all tasks.

Ranks have equally many images and tasks, so a mean over these is the mean of the ranks' means. Two computations are no
such means and use the tensors of all ranks: the statistics of batch norms, and losses, most of which compare images of
several tasks or weigh comparisons by the whole step.
"""

from functools import partial

import torch
import torch.distributed as dist
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded, stream
from fewshot.core.types import Batch, Loss, Scalar, Similarity, Tasks
from fewshot.training.distributed.batch_norm import JointNorms
from fewshot.training.distributed.gather import gathered


class Joined(nn.Module):
    """A learner's objective of this rank's tasks, for DistributedDataParallel to wrap.

    A learner that takes a loss embeds this rank's tasks, with batch norms over all ranks, and every rank computes the
    loss of all tasks. A learner with the mark `by_task` only joins running statistics. Dropout draws different numbers
    on each rank; a loss that draws numbers draws the same on all.
    """

    def __init__(self, learner: nn.Module, loss: Loss | None) -> None:
        super().__init__()
        self.learner, self.loss = learner, loss
        # DDP's find_unused_parameters warns if every parameter is used; this one never is.
        self.unused = nn.Parameter(torch.zeros((), device=next(learner.parameters()).device))

    def forward(self, batch: Batch) -> Scalar:
        start, device = torch.initial_seed(), batch.classes.device
        with seeded(start, f"rank {dist.get_rank()}", device):
            if self.loss is None:
                return _by_task(self.learner, batch)
            with JointNorms() as norms:
                return self.learner.objective(batch, partial(self._of_all, norms, start))

    def _of_all(
        self,
        norms: JointNorms,
        start: int,
        one: Float[Tensor, "batch way *one"],
        other: Float[Tensor, "batch way *other"],
        similarity: Similarity,
        classes: Int64[Tensor, "batch way"],
        **forged: int,
    ) -> Scalar:
        """The loss of all ranks' tasks or pairs, in the order of one process."""
        rows = [side.flatten(2) for side in (one, other)]
        both = gathered(torch.cat(rows, 2)).flatten(0, 1).split([row.shape[2] for row in rows], 2)
        one, other = (row.unflatten(2, side.shape[2:]) for row, side in zip(both, (one, other), strict=True))
        norms.on = False  # the inputs of loss and similarity are of all ranks already
        with stream(start, one.device):
            found = self.loss(one, other, similarity, gathered(classes).flatten(0, 1), **forged)
        norms.on = True
        return found


def _by_task(learner: nn.Module, tasks: Tasks) -> Scalar:
    """The objective of a learner that goes through its tasks one by one, batch norms included.

    Afterwards the running statistics include the passes of all ranks, in the order of a single process.
    """
    before = {norm: _statistics(norm) for norm in _tracking(learner)}
    objective = learner.objective(tasks, None)
    for norm, (old, passes) in before.items():
        new, tracked = _statistics(norm)
        kept = (1 - norm.momentum) ** (tracked - passes).to(old.dtype)  # share of the old value after a rank's passes
        value = old
        for added in gathered(new - kept * old):
            value = kept * value + added
        norm.running_mean.data.copy_(value[0])  # hidden from autograd, as torch's own updates are
        norm.running_var.data.copy_(value[1])
        norm.num_batches_tracked.copy_(passes + dist.get_world_size() * (tracked - passes))
    mean = objective.detach().clone()
    dist.all_reduce(mean)
    return objective + (mean / dist.get_world_size() - objective.detach())  # all ranks' value, this rank's gradients


def _tracking(learner: nn.Module) -> list[nn.Module]:
    norms = [one for one in learner.modules() if isinstance(one, _BatchNorm) and one.running_mean is not None]
    if any(norm.momentum is None for norm in norms):
        raise RequestError("batch norm: expected a momentum for training by several processes, got None")
    return norms


def _statistics(norm: nn.Module) -> tuple[Tensor, Tensor]:
    """Copies of mean and variance, [2 channel], and of the number of passes."""
    return torch.stack([norm.running_mean, norm.running_var]), norm.num_batches_tracked.clone()
