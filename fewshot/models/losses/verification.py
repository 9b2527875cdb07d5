"""Binary cross-entropy of same or different (Koch et al. 2015)."""

from torch.nn.functional import softplus

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import compare, mean_where
from fewshot.models.losses import loss


@loss(similarity="weighted_l1", needs="logit", of_pairs=True)
def verification(support: Support, query: Query, similarity: Similarity) -> Scalar:
    """Cross-entropy of the logit; same and different pairs weigh one half each, as in Koch's balanced batches.

    ℒ = ½ log(1 + exp(−z(x,p))) + ½ log(1 + exp z(x,n))
    """
    logit, same = compare(support, query, similarity.logit)
    return (mean_where(softplus(-logit), same) + mean_where(softplus(logit), ~same)) / 2
