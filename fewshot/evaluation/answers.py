"""Answers to tasks, counted by class on the device of their scores."""

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from fewshot.core.errors import NotFinite
from fewshot.core.types import Scores
from fewshot.records.answers import MOST, ClassCounts, commonest, rounded

Best = Bool[Tensor, "task way query candidate"]
_QUERY = 2**32  # the credit of a query, in whole numbers, so that sums do not depend on their order


def best_of(scores: Scores) -> Best:
    """The candidates with the best score of each query. Raises `NotFinite` for a score that is not finite."""
    if not bool(scores.isfinite().all()):
        raise NotFinite(f"{int((~scores.isfinite()).sum())} of {scores.numel()} scores are not finite")
    return scores == scores.amax(-1, keepdim=True)


def accuracy_of(best: Best) -> Float64[Tensor, " task"]:
    """Share of a task's queries whose own class is best; tied classes share the credit."""
    return (_own(best).double() / best.sum(-1)).mean((1, 2))


class AnswerCounts:
    """The answers to tasks with classes of a bank, by class."""

    def __init__(self, classes: int, device: torch.device) -> None:
        self.asked, self.right, self.beside = torch.zeros(3, classes, dtype=torch.int64, device=device)
        self.pairs, self.times = torch.zeros(2, 0, dtype=torch.int64, device=device)  # true × classes + answered

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
        task, way, query, answered = (best & other).nonzero(as_tuple=True)
        pairs = torch.cat([self.pairs, classes[task, way] * len(self.asked) + classes[task, answered]])
        times = torch.cat([self.times, share[task, way, query]])
        self.pairs, place = pairs.unique(return_inverse=True)
        self.times = torch.zeros_like(self.pairs).index_add_(0, place, times)

    def counts(self, way: int, one_group: bool) -> ClassCounts:
        """The counts so far of `way`-way tasks."""
        right, beside = (rounded((counts / _QUERY).tolist()) for counts in (self.right.double(), self.beside.double()))
        order = self.times.argsort(descending=True, stable=True)[:MOST]
        pairs = [divmod(pair, len(self.asked)) for pair in self.pairs[order].tolist()]
        wrong = dict(zip(pairs, (self.times[order].double() / _QUERY).tolist(), strict=True))
        return ClassCounts(way, one_group, self.asked.tolist(), right, beside, commonest(wrong))


def _own(best: Best) -> Bool[Tensor, "task way query"]:
    return best.diagonal(dim1=1, dim2=3).mT
