"""Shot rules: scores of a query for a class with several support images."""

from collections.abc import Callable
from typing import NamedTuple

from fewshot.core.errors import RequestError, unknown
from fewshot.core.types import Query, Scores, Similarity, Support
from fewshot.models.class_vectors import check_embeddings
from fewshot.models.compare import class_scores, compare
from fewshot.models.task_heads import cosine_head, linear_head


class ShotRule(NamedTuple):
    """A function that scores every query for every class, and the measure of the similarity that it needs."""

    scores: Callable[[Support, Query, Similarity], Scores]
    needs: str = "score"


def scores_by(rule: str, support: Support, query: Query, similarity: Similarity) -> Scores:
    """Scores of every query for every class by the rule of this name, one of `spec.SHOT_RULES`."""
    if not isinstance(rule, str) or rule not in RULES:
        raise unknown("shot rule", str(rule), RULES)
    if not hasattr(similarity, RULES[rule].needs):
        raise RequestError(
            f"similarity: expected one with {RULES[rule].needs!r} for {rule}, got {type(similarity).__name__}"
        )
    check_embeddings(support, query)
    if not support.shape[2]:
        raise RequestError("expected one support of each class at least, got none")
    return RULES[rule].scores(support, query, similarity)


def mean_score(support: Support, query: Query, similarity: Similarity) -> Scores:
    """The mean of the scores of a class's supports."""
    return class_scores(support, query, similarity.score)


def mean_embedding(support: Support, query: Query, similarity: Similarity) -> Scores:
    """The score of the mean of a class's supports (Snell et al. 2017)."""
    return class_scores(support.mean(2, keepdim=True), query, similarity.score)


def attention(support: Support, query: Query, similarity: Similarity) -> Scores:
    """The log of the attention to a class, up to a constant: a softmax of logits over all supports, summed over the
    supports of the class (Vinyals et al. 2016, eq. 1)."""
    return compare(support, query, similarity.logit)[0].logsumexp(-1)


RULES = {
    "mean_score": ShotRule(mean_score),
    "mean_embedding": ShotRule(mean_embedding),
    "attention": ShotRule(attention, needs="logit"),
    "linear_head": ShotRule(lambda support, query, similarity: linear_head(support, query)),
    "cosine_head": ShotRule(lambda support, query, similarity: cosine_head(support, query)),
}
