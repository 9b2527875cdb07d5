"""Losses: one file each, `(support, query, similarity, *, options) -> scalar`.

A loss with weights of its own is an `nn.Module` made by `(dim, classes, *, options)`, `classes` being the number of
training classes, and is also called with `classes [task way]`.
"""

from collections.abc import Callable, Sequence
from functools import partial

from torch import nn

from fewshot.core.errors import unknown
from fewshot.core.spec import SHOT_RULES
from fewshot.core.types import Loss, Query, Scalar, Similarity, Support


def loss(
    *,
    similarity: str,
    shot_rule: str = "mean_score",
    needs: str = "distance",
    of_pairs: bool = False,
    fixed: bool = False,
    family: str = "",
    examples: Sequence[str] = (),
    called: str = "",
    revision: int = 1,
) -> Callable:
    """Mark a function or an `nn.Module` class as the loss of its file's name.

    `similarity` and `shot_rule` are its defaults, `needs` is what it asks of a similarity (`score`, `distance` or
    `logit`), `of_pairs` says that it is made of means over same-class and over different-class comparisons alone, so
    that it can learn from independent pairs, `fixed` that it learns by a measure of its own, so that no other
    similarity goes with it. `family` names the option that is written after a colon ("pml:FastAPLoss"), of which
    `examples` are some values, `called` is the name where that is none in Python ("baseline++"), and `revision` is
    raised when its numbers change.
    """
    if shot_rule not in SHOT_RULES:
        raise unknown("shot rule", shot_rule, SHOT_RULES)

    def mark(part: Callable) -> Callable:
        part.kind = "losses"
        part.similarity, part.shot_rule, part.needs, part.revision = similarity, shot_rule, needs, revision
        part.of_pairs, part.fixed, part.family, part.examples, part.called = of_pairs, fixed, family, examples, called
        return part

    return mark


def bind(part: Callable, options: dict, dim: int, classes: int) -> Loss:
    """The loss that a part stands for, ready to be called with `(support, query, similarity, classes)`."""
    if isinstance(part, type):
        return part(dim, classes, **options)
    return _Function(partial(part, **options), getattr(part, "resumable", True))


class _Function(nn.Module):
    """A loss without weights; it never sees class numbers."""

    def __init__(self, function: Callable, resumable: bool) -> None:
        super().__init__()
        self.function, self.resumable = function, resumable

    def forward(self, support: Support, query: Query, similarity: Similarity, classes: object) -> Scalar:
        return self.function(support, query, similarity)
