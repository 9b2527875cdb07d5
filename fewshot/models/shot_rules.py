"""Shot rules: what several support images of a class make of its score."""

from collections.abc import Callable

from fewshot.core.types import Query, Scores, Similarity, Support
from fewshot.models.compare import class_scores, compare
from fewshot.models.task_heads import cosine_head, linear_head


def scores_by(rule: str, support: Support, query: Query, similarity: Similarity) -> Scores:
    """Scores of every query for every class by the rule of this name, one of `spec.SHOT_RULES`."""
    return RULES[rule](support, query, similarity)


def attention(support: Support, query: Query, similarity: Similarity) -> Scores:
    """The log of a class's share of attention, up to a constant: a softmax of logits over all supports, summed over
    those of a class (Vinyals et al. 2016, eq. 1)."""
    return compare(support, query, similarity.logit)[0].logsumexp(-1)


RULES: dict[str, Callable[[Support, Query, Similarity], Scores]] = {
    "mean_score": lambda support, query, similarity: class_scores(support, query, similarity.score, "mean_score"),
    "mean_embedding": lambda support, query, similarity: class_scores(
        support, query, similarity.score, "mean_embedding"
    ),
    "attention": attention,
    "linear_head": lambda support, query, similarity: linear_head(support, query),
    "cosine_head": lambda support, query, similarity: cosine_head(support, query),
}
NEEDS = {"attention": "logit"}  # what a rule asks of a similarity, beside its score
