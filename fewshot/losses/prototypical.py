"""Prototypical loss (Snell et al. 2017)."""

import torch
from torch.nn.functional import cross_entropy

from fewshot.compare import class_scores
from fewshot.contracts import Query, Scalar, Similarity, Support
from fewshot.losses import loss


@loss(similarity="squared_euclidean", shot_rule="mean_embedding", needs="score")
def prototypical(support: Support, query: Query, similarity: Similarity, *, learned_scale: bool = False) -> Scalar:
    """Cross-entropy of a query's class among mean embeddings (eq. 2), by score or, with `learned_scale`, by logit."""
    measure = similarity.logit if learned_scale else similarity.score
    scores = class_scores(support, query, measure, "mean_embedding")
    target = torch.arange(scores.shape[1], device=scores.device)[None, :, None].expand(scores.shape[:3])
    return cross_entropy(scores.flatten(0, 2), target.flatten())
