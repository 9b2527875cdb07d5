"""Triplet loss (Schroff et al. 2015; active and hardest: Hermans et al. 2017)."""

from jaxtyping import Shaped
from torch import Tensor, relu

from fewshot.core.checks import between
from fewshot.core.errors import unknown
from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import compare_pairs, mean_active, mean_where
from fewshot.models.losses import loss

MINING = ("all", "active", "hardest")


@loss(similarity="euclidean", of_forgeries=True, later=["pairs"])
def triplet(
    support: Support,
    query: Query,
    similarity: Similarity,
    classes: Tensor | None = None,
    forged: int = 0,
    *,
    margin: float = 1.0,
    mining: str = "all",
    pairs: str = "episode",
) -> Scalar:
    """Hinge loss that brings each query nearer to its own class than to another by `margin`.

    `mining`: the mean over "all" triplets of query, support of its class and support of another class, over "active"
    ones alone, whose loss is above 0, or over queries with the farthest support of their class and the nearest of
    another ("hardest"). With `pairs = "all"` queries and supports are all images of the step. Where there are
    forgeries, each support is compared with its task's queries: forgeries of its class, and queries of other classes,
    are to be farther than those of its own.

    ℒ = [d(x,p) − d(x,n) + m]₊; `[maxₚ d(x,p) − minₙ d(x,n) + m]₊` with `mining = "hardest"`
    """
    between(0, None, margin=margin)
    if mining not in MINING:
        raise unknown("mining", mining, MINING, "mining")
    distance, same, other = compare_pairs(pairs, support, query, similarity.distance, classes, forged)
    if forged and pairs == "episode":
        distance, same, other = (by_support(one) for one in (distance, same, other))
    by_image = pairs == "all" or forged > 0  # [image image]
    if mining == "hardest":
        axes = -1 if by_image else (-2, -1)  # of the supports
        far = distance.masked_fill(~same, -float("inf")).amax(axes)
        near = distance.masked_fill(~other, float("inf")).amin(axes)
        found = relu(far - near + margin)
        return mean_where(found, same.any(-1) & other.any(-1)) if forged else found.mean()
    mean = mean_active if mining == "active" else mean_where
    if by_image:
        query, own = same.nonzero(as_tuple=True)
        return mean(relu(distance[query, own][:, None] - distance[query] + margin), other[query])
    positive = distance.diagonal(dim1=1, dim2=3).movedim(-1, 1)  # [task way query shot]
    gap = positive[..., None, :, None] - distance[..., None, :]  # [task way query candidate positive negative]
    return mean(relu(gap + margin), ~same[..., None, :].expand_as(gap))


def by_support(table: Shaped[Tensor, "task way query candidate shot"]) -> Shaped[Tensor, "support image"]:
    """Comparisons with a row for each support of all tasks, and in it all queries of its task."""
    return table.flatten(3).flatten(1, 2).mT.flatten(0, 1)
