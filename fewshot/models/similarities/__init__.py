"""Similarities: one file each, comparing every left with every right embedding.

A similarity is made by `(shape, *, options)`, `shape` being the encoder's, and maps
`[… left dim], [… right dim] → [… left right]`. One that pytorch-metric-learning has too names it, with its options, as
`library_distance`; a subclass may measure otherwise, so that it does not inherit this.
"""

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

Left = Float[Tensor, "*batch left dim"]
Right = Float[Tensor, "*batch right dim"]
Table = Float[Tensor, "*batch left right"]


def similarity(make: type | None = None, *, revision: int = 1) -> Callable:
    """Mark a class as the similarity of its file's name; `revision` is raised when its numbers change."""
    if make is None:
        return partial(similarity, revision=revision)
    make.kind = "similarities"
    make.revision = revision
    return make


class DistanceSimilarity(nn.Module):
    """What all with a distance share: the score is its negative, the logit a learned scale and bias of the score."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(float(scale)).log())
        self.bias = nn.Parameter(torch.zeros(()))

    def score(self, left: Left, right: Right) -> Table:
        """Unbounded, larger is more alike."""
        return -self.distance(left, right)

    def logit(self, left: Left, right: Right) -> Table:
        """The log-odds of "same class"."""
        return self.log_scale.exp() * self.score(left, right) + self.bias
