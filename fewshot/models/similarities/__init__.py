"""Similarities: one file each, comparing every left with every right embedding.

A similarity is made by `(shape, *, options)`, where `shape` is the encoder's, and maps
`[… left dim], [… right dim] → [… left right]`. `library_distance` is the name and options of the same distance in
pytorch-metric-learning, if it has one; subclasses do not inherit it, as they may measure something else.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fewshot.core.marks import Made, SimilarityMarks, decorator, marked

Left = Float[Tensor, "*batch left dim"]
Right = Float[Tensor, "*batch right dim"]
Table = Float[Tensor, "*batch left right"]


@decorator(SimilarityMarks)
def similarity(make: Made, marks: SimilarityMarks) -> Made:
    """Mark a class as the similarity of its file's name, with the keywords of `SimilarityMarks`.

    In a file `manhattan.py`:

    >>> from torch import Tensor
    >>> from fewshot import DistanceSimilarity, similarity
    >>> @similarity
    ... class manhattan(DistanceSimilarity):
    ...     def __init__(self, shape: tuple[int, ...], *, scale: float = 1.0):
    ...         super().__init__(scale)
    ...
    ...     def distance(self, left: Tensor, right: Tensor) -> Tensor:
    ...         return (left[..., :, None, :] - right[..., None, :, :]).abs().mean(-1)
    """
    return marked(make, marks)


class DistanceSimilarity(nn.Module):
    """Base of similarities with a `distance`: the score is its negative, the logit the score with learned scale and
    bias.

    The scale starts at `scale` or, if it is not `learned`, stays there.
    """

    def __init__(self, scale: float = 1.0, *, learned: bool = True) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(float(scale)).log(), requires_grad=learned)
        self.bias = nn.Parameter(torch.zeros(()))

    def score(self, left: Left, right: Right) -> Table:
        """The negative distance; a larger score means more alike."""
        return -self.distance(left, right)

    def logit(self, left: Left, right: Right) -> Table:
        """The log-odds of "same class"."""
        return self.log_scale.exp() * self.score(left, right) + self.bias
