"""Losses: one file each, `(support, query, similarity, *, options) -> scalar`, or with `classes` as fourth argument.

A loss with weights of its own is an `nn.Module` made by `(dim, classes, *, options)`, where `classes` is the number of
training classes. Its call takes `classes`, the numbers of the training classes `[task way]`. One with the mark
`of_forgeries` also takes `forged`, the number of the last queries of each class that are forgeries.
"""

from collections.abc import Callable
from functools import partial
from inspect import signature

from torch import nn

from fewshot.core.marks import LossMarks, Made, decorator, marked
from fewshot.core.types import Loss, Query, Scalar, Similarity, Support


@decorator(LossMarks)
def loss(part: Made, marks: LossMarks) -> Made:
    """Mark a function or an `nn.Module` class as the loss of its file's name, with the keywords of `LossMarks`.

    In a file `my_loss.py`:

    >>> import torch
    >>> from fewshot import compare, loss
    >>> @loss(similarity="squared_euclidean")
    ... def my_loss(support, query, similarity, *, margin: float = 10.0):
    ...     '''Pull one class together, push others past `margin`.'''
    ...     distance, same = compare(support, query, similarity.distance)
    ...     return distance[same].mean() + torch.relu(margin - distance)[~same].mean()
    """
    return marked(part, marks)


def bind(part: Callable, options: dict, dim: int, classes: int) -> Loss:
    """The loss of a part with its options, to be called with `(support, query, similarity, classes)`."""
    if isinstance(part, type):
        return part(dim, classes, **options)
    return _Function(partial(part, **options), getattr(part, "resumable", True))


class _Function(nn.Module):
    """A loss without weights, which gets the class numbers if it takes `classes`."""

    def __init__(self, function: Callable, resumable: bool) -> None:
        super().__init__()
        self.function, self.resumable = function, resumable
        self.takes_classes = "classes" in signature(function).parameters

    def forward(
        self, support: Support, query: Query, similarity: Similarity, classes: object, forged: int = 0
    ) -> Scalar:
        more = {"classes": classes} if self.takes_classes else {}
        return self.function(support, query, similarity, **more, **({"forged": forged} if forged else {}))
