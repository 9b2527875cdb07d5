"""Inner product."""

from torch import nn

from fewshot.models.similarities import Left, Right, Table, similarity


@similarity
class dot_product(nn.Module):
    """⟨l, r⟩; there is no distance."""

    library_distance = "DotProductSimilarity", {}

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()

    def score(self, left: Left, right: Right) -> Table:
        return left @ right.mT

    def logit(self, left: Left, right: Right) -> Table:
        return self.score(left, right)
