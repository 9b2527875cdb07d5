"""NT-Xent, the normalised, temperature-scaled cross-entropy (Sohn 2016, Chen et al. 2020)."""

from fewshot.models.adapters.by_rows import by_rows, logits, of_pairs
from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score", one_shot="matching", all_pairs="info_nce")
class nt_xent(LibraryLoss):
    """pytorch-metric-learning's NTXentLoss: cross-entropy of each positive pair among the query's negatives.

    ℒ = log(1 + Σₙ exp((s(x,n) − s(x,p)) / T))
    """

    def __init__(self, dim: int, classes: int, *, temperature: float = 0.07, pairs: str = "episode") -> None:
        super().__init__(dim, classes, "NTXentLoss", pairs, {}, positive={"temperature": temperature})
        by_rows(self.loss, logits, of_pairs)
