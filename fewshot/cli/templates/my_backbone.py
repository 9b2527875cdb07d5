"""my_backbone: convolutions that halve the image, and the mean over the map that is left."""

from itertools import pairwise

from torch import nn

from fewshot import RequestError, backbone


@backbone
class my_backbone(nn.Module):
    """Blocks of 3 × 3 convolution, batch norm, ReLU and pooling, each with twice the filters of the one before.

    Parameters after the star are options of a suite: `[options.my_backbone]`, `filters = 64`.
    """

    def __init__(self, shape, *, filters: int = 32, blocks: int = 3):
        super().__init__()
        channels, height, width = shape  # of the images
        if min(height, width) < 2**blocks:
            raise RequestError(f"my_backbone: expected images of at least {2**blocks} px, got {height} × {width}")
        widths = [channels, *(filters * 2**number for number in range(blocks))]
        layers = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
        self.layers = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.shape = (widths[-1],)  # of an embedding; (channel, height, width) where it is a map that was made flat

    def forward(self, images):
        """Embeddings [image dim] of images [image channel height width].

        Pixels run from 0 to 1, or have mean 0 and deviation 1 where the suite normalises.
        """
        return self.layers(images)
