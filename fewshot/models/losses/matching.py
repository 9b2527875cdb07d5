"""Matching loss (Vinyals et al. 2016)."""

from torch import Tensor

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import class_entropy, compare_pairs, neighbour_entropy
from fewshot.models.losses import loss
from fewshot.models.shot_rules import attention


@loss(similarity="cosine", shot_rule="attention", needs="logit", later=["pairs"])
def matching(
    support: Support, query: Query, similarity: Similarity, classes: Tensor | None = None, *, pairs: str = "episode"
) -> Scalar:
    """Cross-entropy of a query's class, where a class has the summed attention to its supports (eq. 1).

    Attention is a softmax of logits: cosines with a learned scale, without which it could not be sharp. With `pairs =
    "all"` queries and supports are all images of the step.

    ℒ = −log(Σₚ exp z(x,p) / (Σₚ exp z(x,p) + Σₙ exp z(x,n)))
    """
    if pairs == "episode":
        return class_entropy(attention(support, query, similarity))
    return neighbour_entropy(*compare_pairs(pairs, support, query, similarity.logit, classes))
