"""Statistics of images, and an encoder whose input is normalised to mean 0 and deviation 1 in each channel."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.types import Embeddings, Images
from fewshot.data.bank import ImageBank

CHUNK = 256  # images counted at a time


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of each channel, for pixels from 0 to 1."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]


IMAGENET = Statistics((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def made_up(channels: int) -> Statistics:
    """The statistics of uniform random pixels, for a network that is tried on these."""
    return Statistics((0.5,) * channels, (12**-0.5,) * channels)


class Normalise(nn.Module):
    """A layer that subtracts the mean of each channel and divides by its deviation; both are in the state dict."""

    def __init__(self, statistics: Statistics) -> None:
        super().__init__()
        for name in ("mean", "deviation"):
            values = torch.tensor(getattr(statistics, name), dtype=torch.float32)
            self.register_buffer(name, values[:, None, None])

    def forward(self, images: Images) -> Float[Tensor, "image channel height width"]:
        return (images - self.mean) / self.deviation


class Normalised(nn.Module):
    """An encoder behind a layer "normalise".

    The encoder's modules and weights keep their names without the wrapper, which the layers of a recipe use: "conv1",
    not "encoder.conv1". Raises `RequestError` for an encoder that has an attribute "normalise".
    """

    def __init__(self, encoder: nn.Module, statistics: Statistics) -> None:
        super().__init__()
        if hasattr(encoder, "normalise"):
            raise RequestError(
                "expected an encoder without an attribute 'normalise', got one; the spec's layer has this name"
            )
        self.encoder, self.normalise, self.shape = encoder, Normalise(statistics), encoder.shape

    def forward(self, images: Images) -> Embeddings:
        return self.encoder(self.normalise(images))

    def named_modules(self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True) -> Iterator:
        dotted = f"{prefix}." if prefix else ""
        for name, module in super().named_modules(memo, prefix, remove_duplicate):
            yield f"{name}.".replace(f"{dotted}encoder.", dotted, 1)[:-1], module


def statistics_of(bank: ImageBank) -> Statistics:
    """Mean and deviation of all pixels of a bank, from counts of the 256 values, so that the device does not matter.

    At most `CHUNK` images are copied at a time. Raises `RequestError` for a channel with the same value everywhere.
    """
    value = torch.arange(256, dtype=torch.float64) / 255
    count = sum(_counts(some) for some in bank.pixels.split(CHUNK)).double().cpu()
    share = count / count.sum(1, keepdim=True)
    mean = share @ value
    deviation = (share * (value - mean[:, None]) ** 2).sum(1).sqrt()
    if flat := [number for number, one in enumerate(deviation.tolist()) if not one]:
        raise RequestError(
            f"normalise: expected pixels that vary, got channel {flat[0]} with {mean[flat[0]]:g} everywhere"
        )
    return Statistics(tuple(mean.tolist()), tuple(deviation.tolist()))


def _counts(pixels: Tensor) -> Tensor:
    """The number of pixels with each of the 256 values, [channel 256]."""
    return torch.stack([torch.bincount(channel.flatten(), minlength=256) for channel in pixels.unbind(1)])
