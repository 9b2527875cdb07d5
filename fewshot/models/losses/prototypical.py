"""Prototypical loss (Snell et al. 2017)."""

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import class_entropy, class_scores
from fewshot.models.losses import loss


@loss(similarity="squared_euclidean", shot_rule="mean_embedding", needs="score", one_shot="matching")
def prototypical(support: Support, query: Query, similarity: Similarity, *, learned_scale: bool = False) -> Scalar:
    """Cross-entropy of a query's class among mean embeddings (eq. 2), by score or, with `learned_scale`, logit,
    whose scale is the similarity's: `scale`, `per_dimension`, and `learned` or fixed.

    ℒ = log(1 + Σ_c exp(s(x,μ_c) − s(x,μ_y))); z in place of s with `learned_scale`
    """
    measure = similarity.logit if learned_scale else similarity.score
    return class_entropy(class_scores(support.mean(2, keepdim=True), query, measure))
