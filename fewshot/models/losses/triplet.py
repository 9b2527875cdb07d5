"""Triplet loss (Schroff et al. 2015; hardest: Hermans et al. 2017)."""

from torch import relu

from fewshot.core.errors import unknown
from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import compare, mean_where
from fewshot.models.losses import loss


@loss(similarity="euclidean")
def triplet(
    support: Support, query: Query, similarity: Similarity, *, margin: float = 1.0, mining: str = "all"
) -> Scalar:
    """Hinge loss that brings each query nearer to its own class than to another by `margin`.

    `mining`: the mean over "all" triplets of query, support of its class and support of another class, or over queries
    with the farthest support of their class and the nearest of another ("hardest").

    ℒ = [d(x,p) − d(x,n) + m]₊; `[maxₚ d(x,p) − minₙ d(x,n) + m]₊` with `mining = "hardest"`
    """
    distance, same = compare(support, query, similarity.distance)
    if mining == "hardest":
        far = distance.masked_fill(~same, -float("inf")).amax((-2, -1))
        near = distance.masked_fill(same, float("inf")).amin((-2, -1))
        return relu(far - near + margin).mean()
    if mining != "all":
        raise unknown("mining", mining, ("all", "hardest"), "mining")
    positive = distance.diagonal(dim1=1, dim2=3).movedim(-1, 1)  # [task way query shot]
    gap = positive[..., None, :, None] - distance[..., None, :]  # [task way query candidate positive negative]
    return mean_where(relu(gap + margin), ~same[..., None, :].expand_as(gap))
