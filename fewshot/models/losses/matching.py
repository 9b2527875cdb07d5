"""Matching loss (Vinyals et al. 2016)."""

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import class_entropy
from fewshot.models.losses import loss
from fewshot.models.shot_rules import attention


@loss(similarity="cosine", shot_rule="attention", needs="logit")
def matching(support: Support, query: Query, similarity: Similarity) -> Scalar:
    """Cross-entropy of a query's class, where a class has the summed attention to its supports (eq. 1).

    Attention is a softmax of logits: cosines with a learned scale, without which it could not be sharp.

    ℒ = −log(Σₚ exp z(x,p) / (Σₚ exp z(x,p) + Σₙ exp z(x,n)))
    """
    return class_entropy(attention(support, query, similarity))
