"""Cosine similarity; the distance is one minus the cosine."""

from torch.nn.functional import normalize

from fewshot.core.checks import POSITIVE, between
from fewshot.models.digits import with_digits
from fewshot.models.similarities import DistanceSimilarity, Left, Right, Table, similarity


@similarity(later=["learned"], of_logit=["scale", "learned"])
class cosine(DistanceSimilarity):
    """1 − cos(l, r), from 0 to 2; the scale of the logit starts at `scale` and is `learned` or fixed."""

    library_distance = "CosineSimilarity", {}

    def __init__(self, shape: tuple[int, ...], *, scale: float = 10.0, learned: bool = True) -> None:
        between(POSITIVE, None, scale=scale)
        super().__init__(scale, learned=learned)

    def distance(self, left: Left, right: Right) -> Table:
        one, other = with_digits(left, right)
        return (1 - normalize(one, dim=-1) @ normalize(other, dim=-1).mT).clamp(min=0).to(left.dtype)
