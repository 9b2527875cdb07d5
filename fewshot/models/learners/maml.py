"""Model-agnostic meta-learning: the whole network takes gradient steps on a task's supports (Finn et al. 2017)."""

import math
from functools import partial

import torch
from torch import nn

from fewshot.core.spec.names import BATCH_STATISTICS
from fewshot.core.types import Learner, Loss, Scalar, Scores, Tasks
from fewshot.models.adapters import maml as inner
from fewshot.models.learners import learner


@learner(trained=True, own_objective=True, by_task=True)
class maml(inner.InnerLoop):
    """learn2learn's MAML, one task at a time; the head's rows start at zero (see `adapters/maml.py`).

    A score is a log-probability. While the network adapts, its batch norms use the statistics of the supports, in
    training and in evaluation; with running statistics, which describe other weights, the steps diverge. In training
    the queries are normalised by their own statistics, and only these passes of adapted networks update the running
    statistics. In evaluation the queries are normalised by the running statistics or, in the variant "batch
    statistics", by those of all queries of the task, as in the paper's figures.

    `first_order` omits second derivatives in training. The graphs of all tasks of a step are in memory at once.
    """

    def __init__(
        self, encoder: nn.Module, *, inner_steps: int = 5, inner_rate: float = 0.005, first_order: bool = False
    ) -> None:
        super().__init__(encoder, inner_steps, inner_rate, first_order)

    def objective(self, tasks: Tasks, loss: Loss | None = None) -> Scalar:
        """Mean cross-entropy of the queries after the network has adapted."""
        return inner.query_entropy(self._logits, tasks)

    def scores(self, tasks: Tasks) -> Scores:
        """Log-probabilities of tasks of images, with the running statistics."""
        return inner.log_probabilities(partial(self._logits, measured=True), tasks.support, tasks.query)

    def variants(self) -> dict[str, Learner]:
        """The learner in which each task's queries have their own statistics."""
        logits = partial(self._logits, measured=True, by_batch=True)
        return {
            BATCH_STATISTICS: inner.Transductive(
                lambda tasks: inner.log_probabilities(logits, tasks.support, tasks.query)
            )
        }

    def _logits(
        self, support: inner.Shots, query: inner.Queries, *, measured: bool = False, by_batch: bool = False
    ) -> inner.Logits:
        """Logits of one task. With `measured`, statistics stay unchanged and there are no second derivatives."""
        head = inner.Head(math.prod(self.encoder.shape), len(support), support.device)
        fast = inner.clone(nn.Sequential(self.encoder, head), self.rate, self.first_order or measured)
        fast.train(self.training and not measured)
        inner.forget_statistics(fast)
        inner.adapt(fast, support, self.steps)
        if not by_batch:
            inner.share_statistics(fast, self.encoder)
        with torch.set_grad_enabled(not measured):
            return fast(query.flatten(0, 1)).unflatten(0, query.shape[:2])
