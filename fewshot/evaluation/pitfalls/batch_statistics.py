"""Batch norm by the statistics of each test task, as if it were a step of training.

RelationNet's code never calls `eval()` (floodsung/LearningToCompare_FSL, issues 12 and 48), nor does MAML's: a task's
images then tell about each other, so that queries are no longer answered one by one. Bronskill et al. 2020 (TaskNorm)
measured MAML on Omniglot at 20-way 1-shot with 90.9 % all queries at once and 3.7 % one at a time; prototypical
networks hardly change.
"""

from copy import deepcopy
from dataclasses import replace

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from fewshot.core.errors import RequestError
from fewshot.core.types import Learner, Scores, Tasks
from fewshot.evaluation.pitfalls.setting import Setting


def batch_statistics(right: Setting) -> Setting:
    """The same tasks, by a network that norms by the images of each one. Raises `RequestError` without any norm."""
    return replace(right, learner=ByBatch(right.learner))


class ByBatch(nn.Module):
    """A learner whose batch norms take the mean and the variance of one task's images, all of them in one batch."""

    transductive = True

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self.learner = deepcopy(learner)
        norms = [one for one in self.learner.modules() if isinstance(one, _BatchNorm)]
        if not norms:
            raise RequestError("pitfalls: batch_statistics: expected a network with batch norm, got none")
        for norm in norms:  # without running statistics the batch's own are taken, in evaluation too
            norm.running_mean = norm.running_var = None
            norm.track_running_stats = False

    def scores(self, tasks: Tasks) -> Scores:
        """Scores of tasks, each embedded alone."""
        return torch.cat([self._one(*both) for both in zip(tasks.support, tasks.query, tasks.classes, strict=True)])

    def _one(self, *task: torch.Tensor) -> Scores:
        alone = Tasks(*(one[None] for one in task))
        return self.learner.compare(*alone.split(self.learner.embed(alone.images).float()))
