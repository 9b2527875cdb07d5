"""The convolutional network of Koch, Zemel and Salakhutdinov 2015, figure 4: 38.9 M weights for images of 105 px."""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from fewshot.core.checks import WIDEST, between
from fewshot.core.errors import RequestError, unknown
from fewshot.core.types import Embeddings, Images
from fewshot.models.backbones import backbone

WIDTHS, KERNELS = (64, 128, 128, 256), (10, 7, 4, 4)
NORMS, INITIAL = ("none", "batch"), ("paper", "he")


@backbone(side=65, later=["norm", "initial", "dim"])
class koch(nn.Module):
    """Four unpadded convolutions with ReLU, three of them pooled, and `dim` sigmoid units.

    By default as in the paper: no norm layers, no dropout, and weights that start as in section 3.2, by which the
    sigmoids saturate. With `norm = "batch"` every layer is followed by batch norm. With `initial = "he"` the weights
    of convolutions start as by He et al. 2015, those of the sigmoid units as by Glorot and Bengio 2010, and biases at
    0. Pooling before the ReLU gives the same numbers for a quarter of the work. Raises `RequestError` for images under
    65 px, which leave no map.
    """

    def __init__(
        self, shape: tuple[int, int, int], *, norm: str = "none", initial: str = "paper", dim: int = 4096
    ) -> None:
        super().__init__()
        channels, height, width = shape
        if min(height, width) < self.marks.side:
            raise RequestError(f"koch: expected images of at least {self.marks.side} px, got {height} × {width}")
        for name, value, values in (("norm", norm, NORMS), ("initial", initial, INITIAL)):
            if value not in values:
                raise unknown(name, value, values, name)
        between(1, WIDEST, dim=dim)
        for number, (before, after) in enumerate(zip((channels, *WIDTHS), WIDTHS, strict=False)):
            self.add_module(f"conv{number + 1}", nn.Conv2d(before, after, KERNELS[number]))
        self.fc = nn.Linear(WIDTHS[-1] * _left(height) * _left(width), dim)
        self.shape = (dim,)
        _start(self, initial)
        if norm == "batch":
            self.norms = nn.ModuleList([*map(nn.BatchNorm2d, WIDTHS), nn.BatchNorm1d(dim)])

    def forward(self, images: Images) -> Embeddings:
        maps = images
        for number in range(3):
            maps = relu(max_pool2d(self._layer(number, maps), 2))
        return torch.sigmoid(self._layer(4, relu(self._layer(3, maps)).flatten(1)))

    def _layer(self, number: int, maps: Tensor) -> Tensor:
        """A convolution, or behind these the sigmoids' linear layer, with its batch norm, if it has one."""
        maps = self.get_submodule(f"conv{number + 1}" if number < len(WIDTHS) else "fc")(maps)
        return self.norms[number](maps) if hasattr(self, "norms") else maps


def _start(network: koch, initial: str) -> None:
    """Draw the weights that training starts from."""
    for layer in network.children():
        last = layer is network.fc
        if initial == "paper":
            nn.init.normal_(layer.weight, std=0.2 if last else 0.01)
            nn.init.normal_(layer.bias, mean=0.5, std=0.01)
        else:
            (nn.init.xavier_normal_ if last else nn.init.kaiming_normal_)(layer.weight)
            nn.init.zeros_(layer.bias)


def _left(side: int) -> int:
    """The side of the map after four convolutions and three poolings: 6 for 105 px."""
    for kernel in KERNELS[:3]:
        side = (side - kernel + 1) // 2
    return side - KERNELS[3] + 1
