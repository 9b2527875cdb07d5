"""A learned network over two embeddings or maps (Sung et al. 2018)."""

import math

import torch
from torch import Tensor, nn

from fewshot.core.checks import WIDEST, between
from fewshot.models.similarities import Left, Right, Table, similarity


@similarity
class relation(nn.Module):
    """Two blocks of convolution, batch norm and ReLU over both images' maps, and two linear layers; a flat embedding
    is a map of 1 × 1. The score is the logit; there is no distance, and left and right are not interchangeable.

    The first convolution of two stacked maps is the sum of a convolution of each, computed once an image instead of
    once a pair. The maps are so small that nothing is pooled.
    """

    def __init__(self, shape: tuple[int, ...], *, filters: int = 64, hidden: int = 8) -> None:
        super().__init__()
        between(1, WIDEST, filters=filters, hidden=hidden)
        self.maps = (*shape, 1, 1)[:3]
        kernel = 3 if math.prod(self.maps[1:]) > 1 else 1
        given = {"kernel_size": kernel, "padding": kernel // 2}
        self.of_left = nn.Conv2d(self.maps[0], filters, bias=False, **given)
        self.of_right = nn.Conv2d(self.maps[0], filters, bias=False, **given)
        self.of_both = nn.Sequential(
            nn.BatchNorm2d(filters), nn.ReLU(),
            nn.Conv2d(filters, filters, bias=False, **given), nn.BatchNorm2d(filters), nn.ReLU(), nn.Flatten(),
            nn.Linear(filters * math.prod(self.maps[1:]), hidden), nn.ReLU(), nn.Linear(hidden, 1),
        )  # fmt: skip

    def score(self, left: Left, right: Right) -> Table:
        """The log-odds of "same class"."""
        both = _each(self.of_left, left, self.maps).unsqueeze(-4) + _each(self.of_right, right, self.maps).unsqueeze(-5)
        return self.of_both(both.flatten(0, -4)).view(both.shape[:-3])

    def logit(self, left: Left, right: Right) -> Table:
        """The score."""
        return self.score(left, right)


def _each(layer: nn.Module, flat: Tensor, maps: tuple[int, int, int]) -> Tensor:
    """The layer's map of every image: `[… image dim] → [… image filters height width]`."""
    found = layer(flat.reshape(-1, *maps))
    return torch.unflatten(found, 0, flat.shape[:-1])
