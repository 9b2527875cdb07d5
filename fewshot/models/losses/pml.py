"""Any other loss of pytorch-metric-learning by its name, for example pml:FastAPLoss."""

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import loss


@loss(similarity="cosine", needs="score", family="loss", examples=("FastAPLoss", "ContrastiveLoss", "ProxyNCALoss"))
class pml(LibraryLoss):
    """A loss of pytorch-metric-learning with the library's options; `pairs = "auto"` compares queries with supports
    if the library can, otherwise all images of the step."""

    resumable = False  # some keep state outside their state_dict

    def __init__(self, dim: int, classes: int, /, *, loss: str, pairs: str = "auto", **options: object) -> None:
        super().__init__(dim, classes, loss, pairs, options)
