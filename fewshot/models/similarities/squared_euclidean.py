"""Squared Euclidean distance (Snell et al. 2017)."""

import math

from fewshot.core.checks import POSITIVE, between
from fewshot.models.digits import with_digits
from fewshot.models.similarities import DistanceSimilarity, Left, Right, Table, similarity


@similarity(later=["scale", "per_dimension", "learned"], of_logit=["scale", "per_dimension", "learned"])
class squared_euclidean(DistanceSimilarity):
    """‖l − r‖², computed as ‖l‖² + ‖r‖² − 2⟨l, r⟩ and clamped at 0.

    The scale of the logit starts at `scale`, or that divided by the dimension with `per_dimension`, and is `learned` or
    fixed. Fresh networks of large images have distances of hundreds: a loss by logits then needs a small scale.
    """

    library_distance = "LpDistance", {"power": 2}

    def __init__(
        self, shape: tuple[int, ...], *, scale: float = 1.0, per_dimension: bool = False, learned: bool = True
    ) -> None:
        between(POSITIVE, None, scale=scale)
        super().__init__(scale / math.prod(shape) if per_dimension else scale, learned=learned)

    def distance(self, left: Left, right: Right) -> Table:
        one, other = with_digits(left, right)
        norms = one.square().sum(-1)[..., :, None] + other.square().sum(-1)[..., None, :]
        return (norms - 2 * one @ other.mT).clamp(min=0).to(left.dtype)
