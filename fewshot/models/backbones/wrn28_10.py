"""WRN-28-10 as learn2learn 0.2.0 builds it, for colour images of 84 px (Dhillon et al. 2020)."""

from torch import nn

from fewshot.core.checks import between
from fewshot.core.errors import RequestError
from fewshot.core.types import Embeddings, Images
from fewshot.models.adapters.learn2learn import import_learn2learn
from fewshot.models.backbones import backbone

SHAPE = (3, 84, 84)  # the first convolution takes three channels, the pooling a map of 21 × 21


@backbone(side=84)
class wrn28_10(nn.Module):
    """A residual network of 28 layers and ten times the usual width: 36.5 M weights, and `dropout` in the blocks."""

    def __init__(self, shape: tuple[int, int, int], *, dropout: float = 0.0) -> None:
        super().__init__()
        between(0, 1, dropout=dropout)
        if tuple(shape) != SHAPE:
            channels, height, width = shape
            kind = {1: "grey", 3: "colour"}.get(channels, f"{channels}-channel")
            raise RequestError(f"wrn28_10: expected colour images of 84 × 84 px, got {kind} ones of {height} × {width}")
        self.net = import_learn2learn().vision.models.WRN28Backbone(dropout=dropout)
        self.shape = (self.net.bn1.num_features,)

    def forward(self, images: Images) -> Embeddings:
        return self.net(images)
