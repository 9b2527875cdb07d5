"""Similarities: one file each, comparing every left with every right embedding.

A similarity is made by `(shape, *, options)`, `shape` being the encoder's, and maps
`[… left dim], [… right dim] → [… left right]`. One that pytorch-metric-learning has too names it, with its options, as
`library_distance`; a subclass may measure otherwise, so that it does not inherit this.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fewshot.core.marks import SimilarityMarks, marked

Left = Float[Tensor, "*batch left dim"]
Right = Float[Tensor, "*batch right dim"]
Table = Float[Tensor, "*batch left right"]


def similarity(make: type | None = None, **marks: object) -> Callable:
    """Mark a class as the similarity of its file's name, with the keywords of `SimilarityMarks`."""
    return marked(make, SimilarityMarks(**marks))


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
