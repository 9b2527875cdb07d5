"""Conv4 with two more blocks, without pooling (Chen et al. 2019, "A closer look at few-shot classification")."""

from collections.abc import Sequence

from torch import nn

from fewshot.core.checks import WIDEST, between
from fewshot.core.errors import RequestError
from fewshot.core.types import Embeddings, Images
from fewshot.models.backbones import backbone

POOLED = 4  # blocks; later ones keep the size of the map


@backbone
class conv6(nn.Module):
    """Blocks of 3 × 3 convolution with `widths` filters, batch norm and ReLU; the first four halve the image.

    Pooling before the ReLU gives the same numbers for a quarter of the work.
    """

    def __init__(self, shape: tuple[int, int, int], *, widths: Sequence[int] = (64, 64, 64, 64, 64, 64)) -> None:
        super().__init__()
        between(1, WIDEST, widths=widths)
        channels, height, width = shape
        if len(widths) <= POOLED:
            raise RequestError(f"conv6: expected more than {POOLED} widths, got {len(widths)}; conv4 takes fewer")
        if (shrink := 2**POOLED) > min(height, width):
            raise RequestError(
                f"conv6: expected images of at least {shrink} px for {POOLED} poolings, got {height} × {width}"
            )
        blocks = []
        for number, (before, after) in enumerate(zip((channels, *widths), widths, strict=False)):
            pooling = [nn.MaxPool2d(2)] if number < POOLED else []
            blocks += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), *pooling, nn.ReLU()]
        self.blocks = nn.Sequential(*blocks, nn.Flatten())
        self.shape = (widths[-1], height // shrink, width // shrink)

    def forward(self, images: Images) -> Embeddings:
        return self.blocks(images)
