"""Four blocks of 3 × 3 convolution, batch norm, pooling and ReLU (Vinyals et al. 2016, Snell et al. 2017)."""

from collections.abc import Sequence

from torch import nn

from fewshot.core.checks import WIDEST, between
from fewshot.core.errors import RequestError
from fewshot.core.types import Embeddings, Images
from fewshot.models.backbones import backbone


@backbone
class conv4(nn.Module):
    """The standard small network of the field: `widths` filters in each block, and each block halves the image.

    Pooling before the ReLU gives the same numbers for a quarter of the work.
    """

    def __init__(self, shape: tuple[int, int, int], *, widths: Sequence[int] = (64, 64, 64, 64)) -> None:
        super().__init__()
        between(1, WIDEST, widths=widths)
        channels, height, width = shape
        if (shrink := 2 ** len(widths)) > min(height, width):
            raise RequestError(
                f"conv4: expected images of at least {shrink} px for {len(widths)} poolings, got {height} × {width}"
            )
        blocks = []
        for before, after in zip((channels, *widths), widths, strict=False):
            blocks += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.MaxPool2d(2), nn.ReLU()]
        self.blocks = nn.Sequential(*blocks, nn.Flatten())
        self.shape = (widths[-1], height // shrink, width // shrink)

    def forward(self, images: Images) -> Embeddings:
        return self.blocks(images)
