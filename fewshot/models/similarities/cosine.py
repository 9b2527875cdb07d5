"""Cosine similarity; the distance is one minus the cosine."""

from torch.nn.functional import normalize

from fewshot.core.checks import POSITIVE, between
from fewshot.models.similarities import DistanceSimilarity, Left, Right, Table, similarity


@similarity
class cosine(DistanceSimilarity):
    """1 − cos(l, r), from 0 to 2; the learned scale of the logit starts at `scale`."""

    library_distance = "CosineSimilarity", {}

    def __init__(self, shape: tuple[int, ...], *, scale: float = 10.0) -> None:
        between(POSITIVE, None, scale=scale)
        super().__init__(scale)

    def distance(self, left: Left, right: Right) -> Table:
        return (1 - normalize(left, dim=-1) @ normalize(right, dim=-1).mT).clamp(min=0)
