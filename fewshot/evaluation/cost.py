"""The cost of a backbone for images of one shape, counted on torch's meta device."""

from dataclasses import dataclass
from functools import partial

import torch
from torch.utils.flop_counter import FlopCounterMode

from fewshot.core.rng import seeded
from fewshot.registry.lookup import load, make_part


@dataclass(frozen=True)
class Cost:
    """Trainable numbers, multiply-adds of convolutions and matrix products for an image, and an embedding's length."""

    weights: int
    multiply_adds: int
    dim: int


def cost(name: str, shape: tuple[int, int, int], options: dict | None = None) -> Cost:
    """The cost of a backbone, with defaults for options that `options` leaves out.

    Raises `RequestError` for images that it refuses, and if a library that it needs is not installed.
    """
    make = partial(load("backbones", name), shape, **make_part("backbones", name, options).options)
    with seeded(0, "costs"):
        try:
            with torch.device("meta"):
                encoder = make()
        except RuntimeError:  # its construction needs real tensors
            encoder = make().to("meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        embedding = encoder.eval()(torch.empty(1, *shape, device="meta"))
    weights = sum(weight.numel() for weight in encoder.parameters())
    return Cost(weights, counter.get_total_flops() // 2, embedding.shape[1])
