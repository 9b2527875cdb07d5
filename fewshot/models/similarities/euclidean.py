"""Euclidean distance."""

from fewshot.models.similarities import DistanceSimilarity, Left, Right, Table, similarity


@similarity
class euclidean(DistanceSimilarity):
    """‖l − r‖, computed from differences: exact near 0, and with a finite gradient at 0."""

    library_distance = "LpDistance", {"power": 1}

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()

    def distance(self, left: Left, right: Right) -> Table:
        square = (left[..., :, None, :] - right[..., None, :, :]).square().sum(-1)
        return (square + 1e-12).sqrt() - 1e-6
