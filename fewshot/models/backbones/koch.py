"""The convolutional network of Koch, Zemel and Salakhutdinov 2015, figure 4: 38.9 M weights for images of 105 px."""

import torch
from torch import nn
from torch.nn.functional import max_pool2d, relu

from fewshot.core.errors import RequestError
from fewshot.core.types import Embeddings, Images
from fewshot.models.backbones import backbone


@backbone(side=65)
class koch(nn.Module):
    """Four unpadded convolutions with ReLU, three of them pooled, and 4,096 sigmoid units; weights start as in
    section 3.2.

    It has no norm layers and no dropout. Pooling before the ReLU gives the same numbers for a quarter of the work.
    Raises `RequestError` for images under 65 px, which leave no map.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__()
        channels, height, width = shape
        if min(height, width) < self.marks.side:
            raise RequestError(f"koch: expected images of at least {self.marks.side} px, got {height} × {width}")
        self.conv1 = nn.Conv2d(channels, 64, 10)
        self.conv2 = nn.Conv2d(64, 128, 7)
        self.conv3 = nn.Conv2d(128, 128, 4)
        self.conv4 = nn.Conv2d(128, 256, 4)
        self.fc = nn.Linear(256 * _left(height) * _left(width), 4096)
        self.shape = (4096,)
        for layer in self.children():
            nn.init.normal_(layer.weight, std=0.2 if layer is self.fc else 0.01)
            nn.init.normal_(layer.bias, mean=0.5, std=0.01)

    def forward(self, images: Images) -> Embeddings:
        maps = images
        for conv in (self.conv1, self.conv2, self.conv3):
            maps = relu(max_pool2d(conv(maps), 2))
        return torch.sigmoid(self.fc(relu(self.conv4(maps)).flatten(1)))


def _left(side: int) -> int:
    """The side of the map after four convolutions and three poolings: 6 for 105 px."""
    for kernel in (10, 7, 4):
        side = (side - kernel + 1) // 2
    return side - 3
