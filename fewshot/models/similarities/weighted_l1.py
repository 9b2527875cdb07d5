"""L1 distance with a learned weight for each dimension (Koch et al. 2015)."""

import math

import torch
from torch import nn

from fewshot.core.checks import POSITIVE, between
from fewshot.models.similarities import DistanceSimilarity, Left, Right, Table, similarity


@similarity(later=["total"])
class weighted_l1(DistanceSimilarity):
    """Σ |α_j| |l_j − r_j|: Koch's weighted L1 with |α|, which makes it a distance.

    The logit is bias − distance, as α already scales it. The weights start with the sum `total` and the bias at half of
    it: by default where rectified features of unit variance give about even odds, as Adam would move the bias there too
    slowly.
    """

    def __init__(self, shape: tuple[int, ...], *, total: float = 8.0) -> None:
        between(POSITIVE, None, total=total)
        super().__init__()
        del self.log_scale
        dim = math.prod(shape)
        self.alpha = nn.Parameter(torch.full((dim,), total / dim))
        nn.init.constant_(self.bias, total / 2)

    def distance(self, left: Left, right: Right) -> Table:
        weight = self.alpha.abs()
        return torch.cdist(left * weight, right * weight, p=1)

    def logit(self, left: Left, right: Right) -> Table:
        return self.score(left, right) + self.bias
