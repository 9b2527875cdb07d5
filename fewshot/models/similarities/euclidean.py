"""Euclidean distance."""

import math

import torch

from fewshot.core.checks import POSITIVE, between
from fewshot.models.digits import HALF
from fewshot.models.similarities import DistanceSimilarity, Left, Right, Table, similarity


@similarity(later=["scale", "per_dimension", "learned"], of_logit=["scale", "per_dimension", "learned"])
class euclidean(DistanceSimilarity):
    """‖l − r‖, computed from differences: exact near 0, and with a finite gradient at 0.

    The scale of the logit starts at `scale`, or that divided by √dim with `per_dimension`, and is `learned` or fixed.
    """

    library_distance = "LpDistance", {"power": 1}

    def __init__(
        self, shape: tuple[int, ...], *, scale: float = 1.0, per_dimension: bool = False, learned: bool = True
    ) -> None:
        between(POSITIVE, None, scale=scale)
        super().__init__(scale / math.sqrt(math.prod(shape)) if per_dimension else scale, learned=learned)

    def distance(self, left: Left, right: Right) -> Table:
        one, other = (side.float() if side.dtype in HALF else side for side in (left, right))
        found = torch.cdist(one, other, compute_mode="donot_use_mm_for_euclid_dist")  # no table of differences is kept
        return found.to(left.dtype)
