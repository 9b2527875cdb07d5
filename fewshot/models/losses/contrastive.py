"""Contrastive loss (Hadsell et al. 2006)."""

from torch import Tensor, relu

from fewshot.core.checks import between
from fewshot.core.errors import unknown
from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import compare_pairs, mean_active, mean_where
from fewshot.models.losses import loss

MINING = {"all": mean_where, "active": mean_active}


@loss(similarity="euclidean", of_pairs=True, of_forgeries=True, later=["pairs", "mining"])
def contrastive(
    support: Support,
    query: Query,
    similarity: Similarity,
    classes: Tensor | None = None,
    forged: int = 0,
    *,
    margin: float = 1.0,
    pairs: str = "episode",
    mining: str = "all",
) -> Scalar:
    """Pull one class together, push others past `margin` (eq. 4; same and different pairs have equal weight).

    `pairs`: a task's queries with its supports ("episode"), or every image of the step with every other ("all").
    `mining`: the mean over "all" different pairs, or over the "active" ones alone, which are nearer than the margin.

    ℒ = d(x,p)² + [m − d(x,n)]₊²
    """
    between(0, None, margin=margin)
    if mining not in MINING:
        raise unknown("mining", mining, MINING, "mining")
    distance, same, other = compare_pairs(pairs, support, query, similarity.distance, classes, forged)
    return mean_where(distance.square(), same) + MINING[mining](relu(margin - distance).square(), other)
