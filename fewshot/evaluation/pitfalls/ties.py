"""A scorer that takes a tie with the best for a right answer.

With the true class always first, `argmax` finds it among equals: saturated sigmoids, rounded probabilities or a
constant network are then right (tensorfreitas's Siamese networks print 100 % on val beside 50 % in training). Here a
query whose own class scores no less than all others counts as right; scores are the probabilities of a softmax, rounded
to bfloat16 as mixed precision gives them.
"""

from dataclasses import replace

import torch

from fewshot.core.types import Scores, Tasks
from fewshot.evaluation.answers import Best, best_of
from fewshot.evaluation.pitfalls.setting import Setting


def counted_ties(right: Setting) -> Setting:
    """The same tasks and network, judged so."""
    return replace(right, judge=ties_are_right)


def constant_ties(right: Setting) -> Setting:
    """The same tasks, of a network that gives one score to everything: always right."""
    return counted_ties(constant(right))


def constant(right: Setting) -> Setting:
    """The right evaluation of such a network: right in 1 of `way` cases."""
    return replace(right, learner=Constant())


class Constant:
    """A learner that gives every class the same score."""

    transductive = False

    def scores(self, tasks: Tasks) -> Scores:
        """Zeros."""
        way = tasks.support.shape[1]
        return torch.zeros(*tasks.query.shape[:3], way, device=tasks.query.device)


def ties_are_right(scores: Scores) -> Best:
    """The best candidates by rounded probabilities; the own class alone where it is one of them."""
    best = best_of(scores.softmax(-1).bfloat16())
    own = torch.eye(best.shape[1], dtype=torch.bool, device=best.device)[:, None].expand_as(best)
    return torch.where((best & own).any(-1, keepdim=True), own, best)
