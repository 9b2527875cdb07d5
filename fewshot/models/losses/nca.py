"""Neighbourhood components analysis (Goldberger et al. 2005; in episodes: Laenen and Bertinetto 2021)."""

import torch
from torch import Tensor

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import compare_pairs, neighbour_entropy
from fewshot.models.losses import loss


@loss(
    similarity="squared_euclidean",
    shot_rule="mean_embedding",
    needs="score",
    all_pairs="matching",
    later=["learned_scale", "pairs"],
)
def nca(
    support: Support,
    query: Query,
    similarity: Similarity,
    classes: Tensor | None = None,
    *,
    learned_scale: bool = False,
    pairs: str = "episode",
) -> Scalar:
    """Cross-entropy of an image's class among all other images of its task, supports and queries alike,
    or with `pairs = "all"` of the step; by score or, with `learned_scale`, logit.

    ℒ = −log(Σₚ exp s(x,p) / (Σₚ exp s(x,p) + Σₙ exp s(x,n))); z in place of s with `learned_scale`
    """
    measure = similarity.logit if learned_scale else similarity.score
    if pairs != "episode":
        return neighbour_entropy(*compare_pairs(pairs, support, query, measure, classes))
    images = torch.cat([support, query], 2)
    way, each = images.shape[1:3]
    images = images.flatten(1, 2)
    itself = torch.eye(way * each, dtype=torch.bool, device=images.device)
    label = torch.arange(way, device=images.device).repeat_interleave(each)
    scores = measure(images, images).masked_fill(itself, -torch.inf)
    own = scores.masked_fill(label[:, None] != label, -torch.inf)
    return (scores.logsumexp(-1) - own.logsumexp(-1)).mean()
