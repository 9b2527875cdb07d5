"""my_similarity: the mean absolute difference of two embeddings."""

import torch
from torch import nn

from fewshot import similarity


@similarity
class my_similarity(nn.Module):
    """Compare each of the left embeddings [… left dim] with each of the right ones [… right dim]: [… left right].

    Parameters after the star are options of a suite: `[options.my_similarity]`, `scale = 5.0`.
    """

    def __init__(self, shape, *, scale: float = 10.0):
        super().__init__()  # `shape` is that of an embedding
        self.log_scale = nn.Parameter(torch.tensor(scale).log())
        self.bias = nn.Parameter(torch.zeros(()))

    def distance(self, left, right):
        """At least 0, smaller is more alike: for losses of distances."""
        return (left[..., :, None, :] - right[..., None, :, :]).abs().mean(-1)

    def score(self, left, right):
        """Larger is more alike: for losses that rank, and for testing."""
        return -self.distance(left, right)

    def logit(self, left, right):
        """The log-odds of "one class", learned: for losses of probabilities."""
        return self.log_scale.exp() * self.score(left, right) + self.bias
