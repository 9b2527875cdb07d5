"""N-pairs loss (Sohn 2016)."""

import torch
from torch import Tensor

from fewshot.core.checks import between
from fewshot.core.errors import unknown
from fewshot.core.types import Query, Scalar, Similarity, Support
from fewshot.models.adapters.by_rows import by_rows, logits, of_pairs
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss

NAMES = {"first": "NPairsLoss", "all": "NTXentLoss"}  # in the library


@loss(similarity="dot_product", needs="score", later=["images", "norm_penalty"])
class n_pairs(LibraryLoss):
    """pytorch-metric-learning's NPairsLoss: cross-entropy of one pair a class by inner products (eq. 3).

    `images`: the "first" two of each class or "all", each pair of one class among all images of others. `norm_penalty`
    is the factor of the mean squared norm, which the paper adds.

    ℒ = log(1 + Σₙ exp(s(x,n) − s(x,p))) + norm_penalty ‖x‖²; x and p are the first two images of a class, n the p of
    other classes
    """

    selective = True  # only the first two images of each class count

    def __init__(
        self, dim: int, classes: int, *, images: str = "first", norm_penalty: float = 0.0, pairs: str = "all"
    ) -> None:
        if images not in NAMES:
            raise unknown("images", images, NAMES, "images")
        between(0, None, norm_penalty=norm_penalty)
        super().__init__(dim, classes, NAMES[images], pairs, {"temperature": 1.0} if images == "all" else {})
        if images == "all":
            by_rows(self.loss, logits, of_pairs)
        self.norm_penalty = norm_penalty

    def forward(self, support: Support, query: Query, similarity: Similarity, classes: Tensor) -> Scalar:
        value = super().forward(support, query, similarity, classes)
        if not self.norm_penalty:
            return value
        return value + self.norm_penalty * torch.cat([support, query], 2).square().sum(-1).mean()
