"""Contrastive loss (Hadsell et al. 2006)."""

from torch import relu

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import compare, mean_where
from fewshot.models.losses import loss


@loss(similarity="euclidean", of_pairs=True)
def contrastive(support: Support, query: Query, similarity: Similarity, *, margin: float = 1.0) -> Scalar:
    """Pull one class together, push others past `margin` (eq. 4; same and different pairs have equal weight).

    ℒ = d(x,p)² + [m − d(x,n)]₊²
    """
    distance, same = compare(support, query, similarity.distance)
    return mean_where(distance.square(), same) + mean_where(relu(margin - distance).square(), ~same)
