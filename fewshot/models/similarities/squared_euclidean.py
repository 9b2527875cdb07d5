"""Squared Euclidean distance (Snell et al. 2017)."""

from fewshot.models.similarities import DistanceSimilarity, Left, Right, Table, similarity


@similarity
class squared_euclidean(DistanceSimilarity):
    """‖l − r‖², computed as ‖l‖² + ‖r‖² − 2⟨l, r⟩ and clamped at 0."""

    library_distance = "LpDistance", {"power": 2}

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()

    def distance(self, left: Left, right: Right) -> Table:
        norms = left.square().sum(-1)[..., :, None] + right.square().sum(-1)[..., None, :]
        return (norms - 2 * left @ right.mT).clamp(min=0)
