"""ResNet-12 as learn2learn 0.2.0 builds it, with DropBlock (Lee et al. 2019, Oreshkin et al. 2018)."""

from torch import nn

from fewshot.core.checks import between
from fewshot.core.errors import RequestError
from fewshot.core.types import Embeddings, Images
from fewshot.models.adapters.learn2learn import import_learn2learn
from fewshot.models.backbones import backbone

SHRINK, BLOCK = 16, 5  # by four poolings; the side of the squares that DropBlock drops


@backbone
class resnet12(nn.Module):
    """Four residual blocks, each of which halves the image, and the mean over the last map.

    At 84 px it equals learn2learn's network, whose last map is 5 × 5. Smaller last maps are averaged as a whole too,
    and blocks with maps smaller than DropBlock's squares go without DropBlock. `dropout` is the rate of DropBlock and
    of the first two blocks; `wider` has 64, 160, 320 and 640 filters instead of 64, 128, 256 and 512.

    DropBlock's rate depends on the number of passes, which learn2learn counts outside the `state_dict`. Here batch
    norm's counter of training steps replaces that count, so that a resumed run has the same numbers.
    """

    def __init__(self, shape: tuple[int, int, int], *, dropout: float = 0.1, wider: bool = True) -> None:
        super().__init__()
        between(0, 1, dropout=dropout)
        channels, height, width = shape
        if (side := min(height, width)) < SHRINK:
            raise RequestError(
                f"resnet12: expected images of at least {SHRINK} px for 4 poolings, got {height} × {width}"
            )
        make = import_learn2learn().vision.models.ResNet12Backbone
        self.net = make(avg_pool=False, wider=wider, dropblock_dropout=dropout, dropblock_size=BLOCK, channels=channels)
        self.net.avgpool = nn.AdaptiveAvgPool2d(1)
        for block, shrink in zip(self._blocks(), (2, 4, 8, 16), strict=True):
            if block.drop_block and side // shrink < BLOCK:
                block.drop_rate = 0.0
        self.shape = (self.net.layer4[0].bn3.num_features,)

    def forward(self, images: Images) -> Embeddings:
        counter = self.net.layer1[0].bn1.num_batches_tracked  # None in maml's clones, which keep no statistics
        dropping = [block for block in self._blocks() if block.drop_block and block.drop_rate > 0]
        if self.training and counter is not None and dropping:
            done = int(counter)  # synchronises a GPU, as DropBlock itself does
            for block in dropping:
                block.num_batches_tracked = done
        return self.net(images)

    def _blocks(self) -> list[nn.Module]:
        return [layer[0] for layer in (self.net.layer1, self.net.layer2, self.net.layer3, self.net.layer4)]
