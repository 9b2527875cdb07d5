"""Statistics of images, and an encoder that is given mean 0 and deviation 1 in each channel."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.types import Embeddings, Images
from fewshot.data.bank import ImageBank

CHUNK = 256  # images that are counted at a time


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of each channel, of pixels from 0 to 1."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]


IMAGENET = Statistics((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def made_up(channels: int) -> Statistics:
    """Those of numbers drawn evenly from 0 to 1, for a network that meets no others."""
    return Statistics((0.5,) * channels, (12**-0.5,) * channels)


class Normalise(nn.Module):
    """Subtracts the mean of each channel and divides by its deviation; both are kept with the state."""

    def __init__(self, statistics: Statistics) -> None:
        super().__init__()
        for name in ("mean", "deviation"):
            values = torch.tensor(getattr(statistics, name), dtype=torch.float32)
            self.register_buffer(name, values[:, None, None])

    def forward(self, images: Images) -> Float[Tensor, "image channel height width"]:
        return (images - self.mean) / self.deviation


class Normalised(nn.Module):
    """An encoder behind a layer "normalise".

    The encoder's modules and weights go by the names that they have without it, as the layers of a recipe name them:
    "conv1", not "encoder.conv1". Raises `RequestError` for an encoder that has a "normalise" of its own.
    """

    def __init__(self, encoder: nn.Module, statistics: Statistics) -> None:
        super().__init__()
        if hasattr(encoder, "normalise"):
            raise RequestError("expected an encoder without anything called 'normalise', as the spec's layer is called")
        self.encoder, self.normalise, self.shape = encoder, Normalise(statistics), encoder.shape

    def forward(self, images: Images) -> Embeddings:
        return self.encoder(self.normalise(images))

    def named_modules(self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True) -> Iterator:
        dotted = f"{prefix}." if prefix else ""
        for name, module in super().named_modules(memo, prefix, remove_duplicate):
            yield f"{name}.".replace(f"{dotted}encoder.", dotted, 1)[:-1], module


def statistics_of(bank: ImageBank) -> Statistics:
    """Mean and deviation of all pixels of a bank, from counts of its 256 values: exact, in any order and on any device.

    No more than `CHUNK` images are held beside the bank. Raises `RequestError` for a channel of one value everywhere.
    """
    value = torch.arange(256, dtype=torch.float64) / 255
    count = sum(_counts(some) for some in bank.pixels.split(CHUNK)).double().cpu()
    share = count / count.sum(1, keepdim=True)
    mean = share @ value
    deviation = (share * (value - mean[:, None]) ** 2).sum(1).sqrt()
    if flat := [number for number, one in enumerate(deviation.tolist()) if not one]:
        raise RequestError(
            f"normalise: expected images that differ, but channel {flat[0]} is {mean[flat[0]]:g} everywhere"
        )
    return Statistics(tuple(mean.tolist()), tuple(deviation.tolist()))


def _counts(pixels: Tensor) -> Tensor:
    """How often each channel has each of the 256 values, [channel 256]."""
    return torch.stack([torch.bincount(channel.flatten(), minlength=256) for channel in pixels.unbind(1)])
