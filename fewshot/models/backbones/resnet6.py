"""Four blocks, pooled as in conv4, with residual convolutions at an eighth of the side (He et al. 2016)."""

from collections.abc import Sequence

from torch import Tensor, nn

from fewshot.core.checks import WIDEST, between
from fewshot.core.errors import RequestError
from fewshot.core.types import Embeddings, Images
from fewshot.models.backbones import backbone

BLOCKS = 4
RESIDUAL_AFTER = 3  # blocks, where a map of an image of 32 px is 4 × 4 and convolutions are cheap


@backbone(later=["pool", "pooled"])
class resnet6(nn.Module):
    """Blocks of 3 × 3 convolution with `widths` filters, batch norm, pooling and ReLU; `residual` convolutions after
    the third. Only the first `pooled` blocks halve the map. Last, it is averaged over rectangles of `pool` rows and
    columns.

    Widths that double when the map is halved put most weights where the map is small: an image of 28 px takes 12.8 M
    multiply-adds, in conv4 9.8 M.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        *,
        widths: Sequence[int] = (32, 64, 128, 256),
        residual: int = 2,
        pool: Sequence[int] = (1, 1),
        pooled: int = 4,
    ) -> None:
        super().__init__()
        between(1, WIDEST, widths=widths)
        between(0, None, residual=residual)
        between(1, None, pool=pool)
        between(0, BLOCKS, pooled=pooled)
        channels, height, width = shape
        if len(widths) != BLOCKS:
            raise RequestError(f"resnet6: expected {BLOCKS} widths, got {len(widths)}")
        if (shrink := 2**pooled) > min(height, width):
            raise RequestError(
                f"resnet6: expected images of at least {shrink} px for {pooled} poolings, got {height} × {width}"
            )
        blocks = []
        for number, (before, after) in enumerate(zip((channels, *widths), widths, strict=False), 1):
            blocks += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after)]
            blocks += [nn.MaxPool2d(2)] if number <= pooled else []
            blocks += [nn.ReLU()]
            blocks += [_Residual(after) for _ in range(residual) if number == RESIDUAL_AFTER]
        map_of = height // shrink, width // shrink
        if len(pool) != len(map_of) or any(most < one for one, most in zip(pool, map_of, strict=False)):
            raise RequestError(
                f"pool: expected rows and columns of a map of {map_of[0]} × {map_of[1]}, got {pool}", "pool"
            )
        rows, columns = (side // one for side, one in zip(map_of, pool, strict=True))
        averaged = [nn.AvgPool2d((pool[0], pool[1]))] if max(pool) > 1 else []
        self.blocks = nn.Sequential(*blocks, *averaged, nn.Flatten())
        self.shape = (widths[-1], rows, columns)

    def forward(self, images: Images) -> Embeddings:
        return self.blocks(images)


class _Residual(nn.Module):
    """A map plus its 3 × 3 convolution with batch norm and ReLU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())

    def forward(self, maps: Tensor) -> Tensor:
        return maps + self.block(maps)
