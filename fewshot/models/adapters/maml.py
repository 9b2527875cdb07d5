"""Adaptation to a task by learn2learn's MAML: a copy of a model takes gradient steps on the task's supports.

**Heads.** All rows of the head start at the same vector, so that a task may have any number of classes in any order.
Ye and Chao 2022 (UNICORN-MAML) learn this vector and its bias. A vector added to every row leaves softmax and gradients
unchanged, so it is fixed at zero here (as by Kao et al. 2022). The first inner step therefore moves only the head.

**Rates.** An inner rate applies to the loss summed over classes, so it does not depend on their number: 0.005 equals
the 0.1 of Finn et al. 2017 for the mean over 20 classes. A rate for the mean would make the steps of a model trained on
20-way tasks four times too long in 5-way tasks.

**Batch norms.** learn2learn's clones share the running statistics of the original, so each pass states whether it
reads and updates them: `forget_statistics` and `share_statistics`.
"""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear

from fewshot.core.checks import between
from fewshot.core.types import Scalar, Scores, Tasks
from fewshot.models.adapters.learn2learn import import_learn2learn
from fewshot.models.compare import class_entropy
from fewshot.models.learners import Network

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
Shots = Float[Tensor, "way shot *shape"]  # images of one task, or their embeddings
Queries = Float[Tensor, "way query *shape"]
Logits = Float[Tensor, "way query candidate"]


class Head(nn.Module):
    """A linear layer from embeddings `[image dim]` to logits `[image way]` that starts at zero.

    It computes in float64, so that classes with equal supports have equal logits in any order of summation.
    """

    def __init__(self, dim: int, way: int, device: torch.device) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(way, dim, dtype=torch.float64, device=device))
        self.bias = nn.Parameter(torch.zeros(way, dtype=torch.float64, device=device))

    def forward(self, embedded: Float[Tensor, "image dim"]) -> Float[Tensor, "image way"]:
        with torch.autocast(embedded.device.type, enabled=False):
            return linear(embedded.double(), self.weight, self.bias)


class Transductive:
    """A learner that scores all queries of a task together, by a function from tasks to scores."""

    transductive = True

    def __init__(self, scores: Callable[[Tasks], Scores]) -> None:
        self.scores = scores


class InnerLoop(Network):
    """A learner whose copies take gradient steps on a task's supports.

    Raises `RequestError` for less than one step or a rate of zero, and `Lacking` without learn2learn.
    """

    transductive = False

    def __init__(self, encoder: nn.Module, inner_steps: int, inner_rate: float, first_order: bool) -> None:
        super().__init__()
        between(1, None, inner_steps=inner_steps)
        between(1e-9, None, inner_rate=inner_rate)
        import_learn2learn()
        self.encoder, self.steps, self.rate, self.first_order = encoder, inner_steps, inner_rate, first_order


def clone(model: nn.Module, rate: float, first_order: bool) -> nn.Module:
    """learn2learn's differentiable copy of a model, which `adapt` moves by steps of this rate."""
    maml = import_learn2learn().algorithms.MAML
    return maml(model, lr=rate, first_order=first_order, allow_nograd=True).clone()


def adapt(fast: nn.Module, support: Shots, steps: int) -> None:
    """Take gradient steps on the cross-entropy of a task's supports: the mean over shots, summed over classes.

    Row w of the head belongs to class w and moves as far in a 5-way as in a 20-way task. The usual mean over classes
    fits only tasks of the way that was trained.
    """
    target = torch.arange(len(support), device=support.device).repeat_interleave(support.shape[1])
    for _ in range(steps):
        loss = len(support) * cross_entropy(fast(support.flatten(0, 1)), target)
        with torch.autocast(support.device.type, enabled=False):
            fast.adapt(loss)


def query_entropy(logits: Callable[[Shots, Queries], Logits], tasks: Tasks) -> Scalar:
    """Mean cross-entropy of the queries of tasks, with logits computed one task at a time."""
    both = zip(tasks.support, tasks.query, strict=True)
    return class_entropy(torch.stack([logits(support, query) for support, query in both])).float()


def log_probabilities(
    logits: Callable[[Shots, Queries], Logits],
    support: Float[Tensor, "task way shot *shape"],
    query: Float[Tensor, "task way query *shape"],
) -> Scores:
    """Log-probabilities of tasks, with logits computed one task at a time; gradients work inside inference mode too."""
    found = []
    for one, other in zip(support, query, strict=True):
        with torch.inference_mode(False), torch.enable_grad():  # a clone made here is not an inference tensor
            found.append(logits(one.clone(), other.clone()).detach().log_softmax(-1).float())
    return torch.stack(found)


def forget_statistics(encoder: nn.Module) -> None:
    """Let the batch norms of a clone use the statistics of their input, and keep none."""
    for norm in _norms(encoder):
        for name in STATISTICS:
            setattr(norm, name, None)


def share_statistics(encoder: nn.Module, source: nn.Module) -> None:
    """Let the batch norms of a clone use and, in training, update the running statistics of `source`."""
    for norm, own in zip(_norms(encoder), _norms(source), strict=True):
        for name in STATISTICS:
            setattr(norm, name, getattr(own, name))


def _norms(encoder: nn.Module) -> Iterator[nn.Module]:
    return (module for module in encoder.modules() if isinstance(module, NORMS))
