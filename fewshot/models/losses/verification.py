"""Binary cross-entropy of same or different (Koch et al. 2015)."""

from torch import Tensor
from torch.nn.functional import softplus

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.compare import compare_pairs, mean_where
from fewshot.models.losses import loss


@loss(similarity="weighted_l1", needs="logit", of_pairs=True, of_forgeries=True, later=["pairs"])
def verification(
    support: Support,
    query: Query,
    similarity: Similarity,
    classes: Tensor | None = None,
    forged: int = 0,
    *,
    pairs: str = "episode",
) -> Scalar:
    """Cross-entropy of the logit; same and different pairs weigh one half each, as in Koch's balanced batches.

    `pairs`: a task's queries with its supports ("episode"), or every image of the step with every other ("all").

    ℒ = ½ log(1 + exp(−z(x,p))) + ½ log(1 + exp z(x,n))
    """
    logit, same, other = compare_pairs(pairs, support, query, similarity.logit, classes, forged)
    return (mean_where(softplus(-logit), same) + mean_where(softplus(logit), other)) / 2
