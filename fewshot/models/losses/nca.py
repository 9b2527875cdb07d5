"""Neighbourhood components analysis (Goldberger et al. 2005; in episodes: Laenen and Bertinetto 2021)."""

import torch

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.losses import loss


@loss(similarity="squared_euclidean", shot_rule="mean_embedding", needs="score")
def nca(support: Support, query: Query, similarity: Similarity) -> Scalar:
    """Cross-entropy of an image's class among all other images of its task, supports and queries alike.

    ℒ = −log(Σₚ exp s(x,p) / (Σₚ exp s(x,p) + Σₙ exp s(x,n)))
    """
    images = torch.cat([support, query], 2)
    way, each = images.shape[1:3]
    images = images.flatten(1, 2)
    itself = torch.eye(way * each, dtype=torch.bool, device=images.device)
    label = torch.arange(way, device=images.device).repeat_interleave(each)
    scores = similarity.score(images, images).masked_fill(itself, -torch.inf)
    own = scores.masked_fill(label[:, None] != label, -torch.inf)
    return (scores.logsumexp(-1) - own.logsumexp(-1)).mean()
