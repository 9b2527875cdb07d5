"""Prototypical loss (Snell et al. 2017)."""

from fewshot.compare import class_entropy, class_scores
from fewshot.contracts import Query, Scalar, Similarity, Support
from fewshot.losses import loss


@loss(similarity="squared_euclidean", shot_rule="mean_embedding", needs="score")
def prototypical(support: Support, query: Query, similarity: Similarity, *, learned_scale: bool = False) -> Scalar:
    """Cross-entropy of a query's class among mean embeddings (eq. 2), by score or, with `learned_scale`, by logit."""
    measure = similarity.logit if learned_scale else similarity.score
    return class_entropy(class_scores(support, query, measure, "mean_embedding"))
