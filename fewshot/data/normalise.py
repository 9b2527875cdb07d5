"""A first layer of the encoder that gives images mean 0 and deviation 1 in each channel."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.types import Images
from fewshot.data.bank import ImageBank

LAYER = "normalise"  # what the layer is called in the encoder, and with it in a saved state
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


def normalised(encoder: nn.Module, statistics: Statistics) -> nn.Module:
    """The encoder itself, with such a layer before its first one.

    The layer stands in the encoder and is called by a hook, so that the names of all other layers stay what they are
    and copies of the encoder have it too.
    """
    if hasattr(encoder, LAYER):
        raise RequestError(f"expected an encoder without anything called {LAYER!r}, which the spec's layer is called")
    encoder.add_module(LAYER, Normalise(statistics))
    encoder.register_forward_pre_hook(_first)
    return encoder


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


def _first(encoder: nn.Module, given: tuple) -> tuple:
    images, *others = given
    return getattr(encoder, LAYER)(images), *others
