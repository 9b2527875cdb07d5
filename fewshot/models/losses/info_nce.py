"""InfoNCE over all images of a step, with each same-class pair as a positive (van den Oord et al. 2018)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.class_vectors import labelled
from fewshot.models.compare import mean_where
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="logit")
class info_nce(nn.Module):
    """Cross-entropy of each pair of one training class among the first image's pairs with other classes.

    All images of a step are compared, supports and queries alike, by the logit, so that the temperature is learned.

    ℒ = log(1 + Σₙ exp(z(x,n) − z(x,p)))
    """

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()

    def forward(self, support: Support, query: Query, similarity: Similarity, classes: Tensor) -> Scalar:
        images, label = labelled(support, query, classes)
        logits = similarity.logit(images, images)
        same = label[:, None] == label
        itself = torch.eye(len(label), dtype=torch.bool, device=label.device)
        others = logits.masked_fill(same, -torch.inf).logsumexp(-1, keepdim=True)
        return mean_where(softplus(others - logits), same & ~itself)
