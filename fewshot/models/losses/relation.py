"""Relation loss (Sung et al. 2018)."""

import torch

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import compare
from fewshot.models.losses import loss


@loss(similarity="relation", shot_rule="mean_embedding", needs="logit")
def relation(support: Support, query: Query, similarity: Similarity) -> Scalar:
    """Squared error of the relation score, the logit's sigmoid, against 1 for the own class and 0 for others (eq. 2).

    A class is represented by its mean embedding.

    ℒ = ((1 − σ(z(x,μ_y)))² + Σ_c σ(z(x,μ_c))²) / way
    """
    logit, same = compare(support.mean(2, keepdim=True), query, similarity.logit)
    return (torch.sigmoid(logit) - same.to(logit.dtype)).square().mean()
