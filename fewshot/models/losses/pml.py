"""Any other loss of pytorch-metric-learning by its name, for example pml:FastAPLoss (Musgrave et al. 2020)."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(
    similarity="cosine", needs="score", class_vectors=True, family="loss",
    examples=("FastAPLoss", "ContrastiveLoss", "ProxyNCALoss"),
)  # fmt: skip
class pml(LibraryLoss):
    """A loss of pytorch-metric-learning with the library's options; `pairs = "auto"` compares queries with supports
    if the library can, otherwise all images of the step. Class vectors start as the library draws them.

    ℒ = LOSS(x, y); the formula of the library's class

    FastAPLoss (Cakir et al. 2019): ℒ = 1 − Σⱼ h⁺ⱼ H⁺ⱼ / (N⁺ Hⱼ); histograms h⁺ of the N⁺ images p and h of all p and n
    count d² softly in bins around 4 j / num_bins, and H⁺ⱼ and Hⱼ are their sums over bins 0 to j

    ContrastiveLoss (Hadsell et al. 2006): ℒ⁺ = [d(x,p) − pos_margin]₊ + [neg_margin − d(x,n)]₊; not squared as in the
    paper, and with a mean for each of the two

    ProxyNCALoss (Movshovitz-Attias et al. 2017): ℒ = log(1 + Σ_c exp(softmax_scale (d(x,w_y)² − d(x,w_c)²)))
    """

    resumable = False  # some keep state outside their state_dict

    def __init__(self, dim: int, classes: int, /, *, loss: str, pairs: str = "auto", **options: object) -> None:
        super().__init__(dim, classes, loss, pairs, options)
