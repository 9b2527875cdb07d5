"""Answers to tasks, counted by class on the device of their scores."""

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from fewshot.core.errors import NotFinite
from fewshot.core.types import Scores
from fewshot.records.answers import MOST, ClassCounts, commonest, rounded

Best = Bool[Tensor, "task way query candidate"]
_QUERY = 2**32  # the credit of a query, in whole numbers, so that sums do not depend on their order

_DENSE = 2**24  # pairs of classes with a count each; of more classes only those that are confused


def best_of(scores: Scores) -> Best:
    """The candidates with the best score of each query. Raises `NotFinite` for a score that is not finite."""
    if not bool(scores.isfinite().all()):
        raise NotFinite(f"{int((~scores.isfinite()).sum())} of {scores.numel()} scores are not finite")
    return scores == scores.amax(-1, keepdim=True)


def accuracy_of(best: Best) -> Float64[Tensor, " task"]:
    """Share of a task's queries whose own class is best; tied classes share the credit."""
    return credit_of(best).mean((1, 2))


def credit_of(best: Best) -> Float64[Tensor, "task way query"]:
    """1 for a query whose own class alone is best, 0 where it is not, and a share where it ties with others."""
    return _own(best).double() / best.sum(-1)


class AnswerCounts:
    """The answers to tasks with classes of a bank, by class."""

    def __init__(self, classes: int, device: torch.device) -> None:
        self.asked, self.right, self.beside = torch.zeros(3, classes, dtype=torch.int64, device=device)
        self.pairs, self.times = torch.zeros(2, 0, dtype=torch.int64, device=device)  # true × classes + answered
        dense = classes**2 if classes**2 <= _DENSE else 0  # by pair of classes, which needs no wait for the device
        self.all = torch.zeros(dense, dtype=torch.int64, device=device)

    def add(self, classes: Int64[Tensor, "task way"], best: Best) -> None:
        """Count the answers to some tasks."""
        share = _QUERY // best.sum(-1)
        right = (_own(best) * share).sum(2)  # [task way]
        everyone = right.sum(1, keepdim=True).expand_as(right)
        for counts, values in (
            (self.asked, torch.full_like(right, best.shape[2])),
            (self.right, right),
            (self.beside, everyone),
        ):
            counts.index_add_(0, classes.flatten(), values.flatten())
        other = ~torch.eye(best.shape[1], dtype=torch.bool, device=best.device)[:, None]
        times = ((best & other) * share[..., None]).sum(2).flatten()  # [task way candidate]
        pairs = (classes[:, :, None] * len(self.asked) + classes[:, None]).flatten()
        if len(self.all):
            self.all.index_add_(0, pairs, times)
            return
        some = times.nonzero()[:, 0]
        self.pairs, place = torch.cat([self.pairs, pairs[some]]).unique(return_inverse=True)
        self.times = torch.zeros_like(self.pairs).index_add_(0, place, torch.cat([self.times, times[some]]))

    def counts(self, way: int, one_group: bool) -> ClassCounts:
        """The counts so far of `way`-way tasks."""
        counts = self.all if len(self.all) else self.times
        order = counts.argsort(descending=True, stable=True)[:MOST]
        pairs = (order if len(self.all) else self.pairs[order]).tolist()
        times = zip(pairs, (counts[order].double() / _QUERY).tolist(), strict=True)
        wrong = {divmod(pair, len(self.asked)): often for pair, often in times if often}
        right, beside = (rounded((sums / _QUERY).tolist()) for sums in (self.right.double(), self.beside.double()))
        return ClassCounts(way, one_group, self.asked.tolist(), right, beside, commonest(wrong))


def _own(best: Best) -> Bool[Tensor, "task way query"]:
    return best.diagonal(dim1=1, dim2=3).mT
