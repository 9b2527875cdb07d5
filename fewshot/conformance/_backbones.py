"""A backbone gives flat embeddings of the shape that it names, one image at a time when it is evaluated."""

import math
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance._gpu import check_on_gpu
from fewshot.conformance._parts import (
    Broken,
    check_close,
    check_tensor,
    dims,
    gradients,
    inside,
    is_shape,
    near,
    numbers,
    pixels,
    weights,
)
from fewshot.conformance._saved import reloaded
from fewshot.errors import RequestError
from fewshot.rng import seeded
from fewshot.sources import Entry

PHOTOGRAPH = 84
IMAGES = 4
ROUNDED = 0.1  # of the norm, in bfloat16: 2⁻⁹ a number, in layer upon layer
LAID_OUT = 1e-3  # of the norm, with channels last: sums in another order


def check_backbone(entry: Entry, part: Callable, options: dict, size: int | None) -> list[str]:
    """With grey images of `size` px or its own `side`; if it refuses those, with colour ones of `size` or 84 px."""
    grey = (1, size or part.side, size or part.side)
    colour = (3, size or PHOTOGRAPH, size or PHOTOGRAPH)
    try:
        return _check(entry, part, options, grey)
    except _Refused as first:
        try:
            lines = _check(entry, part, options, colour)
        except _Refused:
            raise RequestError(str(first)) from first
        return [f"images {dims(grey)} are refused ({first}), so it was tried with {dims(colour)}", *lines]


class _Refused(RequestError):
    """The backbone's own code refuses images of this shape."""


def _check(entry: Entry, part: Callable, options: dict, shape: tuple[int, int, int]) -> list[str]:
    make = partial(_made, entry, part, options, shape)
    encoder, images = make(0), pixels(IMAGES, *shape)
    embedded = _embedded(entry, encoder.train(), images)
    if unused := [name for name, grad in _gradients(entry, encoder, embedded, images).items() if grad is None]:
        raise RequestError(f"{entry.label}: expected a gradient for the {unused[0]}, got none: no output depends on it")
    rounded = _embedded(entry, encoder, images, bfloat16=True)
    _gradients(entry, encoder, rounded, images, ", in bfloat16")
    with torch.no_grad():
        together = _embedded(entry, encoder.eval(), images)
        _check_alone(entry, encoder, images, together)
        rounded = _embedded(entry, encoder, images, bfloat16=True)
        check_close(entry, "under autocast to bfloat16 what it gives in float32", rounded, together, ROUNDED)
        other = reloaded(entry, encoder, make(1)).eval()
        _check_state(entry, other, images, together)
        _check_layout(entry, other, images, together)
    return [
        f"embeddings {dims(embedded.shape)} of images {dims(images.shape)}: finite, a finite gradient for every weight",
        "in eval mode one image at a time gives what a batch gives; saved and loaded by safetensors",
        f"the same under autocast to bfloat16 within {ROUNDED:.0%} and with channels last within {LAID_OUT:.1%}; "
        + check_on_gpu(entry, lambda device: _embedded(entry, make(0).to(device).eval(), images.to(device))),
    ]


def _made(entry: Entry, part: Callable, options: dict, shape: tuple[int, int, int], seed: int) -> nn.Module:
    try:
        with inside(entry, f"images of shape {shape}"), seeded(seed, "conformance"):
            encoder = part(shape, **options)
    except Broken:
        raise
    except RequestError as error:
        raise _Refused(str(error)) from error
    if not isinstance(encoder, nn.Module):
        raise RequestError(f"{entry.label}: expected an nn.Module, got {type(encoder).__name__}")
    if not is_shape(came := getattr(encoder, "shape", None)):
        expected = "a shape (dim,) or (channel, height, width) of whole numbers"
        raise RequestError(f"{entry.label}: expected {expected}, got {came!r}")
    return encoder


def _embedded(entry: Entry, encoder: nn.Module, images: Tensor, note: str = "", *, bfloat16: bool = False) -> Tensor:
    given = f"images {dims(images.shape)}{note}{', under autocast to bfloat16' if bfloat16 else ''}"
    precision = torch.autocast(images.device.type, torch.bfloat16, enabled=bfloat16)
    try:
        with inside(entry, given), seeded(0, "conformance", images.device), precision:
            found = encoder(images)
    except Broken:
        raise
    except RequestError as error:
        raise _Refused(str(error)) from error
    expected = (len(images), math.prod(encoder.shape))
    check_tensor(entry, f"embeddings of shape {encoder.shape}, flat", found, expected, given)
    return found


def _gradients(
    entry: Entry, encoder: nn.Module, embedded: Tensor, images: Tensor, note: str = ""
) -> Mapping[str, Tensor | None]:
    value = (embedded.float() * numbers(*embedded.shape)).sum()
    return gradients(entry, value, weights(encoder), f"images {dims(images.shape)}{note}")


def _check_alone(entry: Entry, encoder: nn.Module, images: Tensor, together: Tensor) -> None:
    alone = _embedded(entry, encoder, images[:1])
    if not near(alone, together[:1]):
        raise _differ(entry, "an image alone to give what it gives in a batch, in eval mode", alone, together[:1])


def _check_state(entry: Entry, other: nn.Module, images: Tensor, expected: Tensor) -> None:
    restored = _embedded(entry, other, images)
    if not near(restored, expected, 1e-6):
        raise _differ(entry, "its state_dict to be all of it, the same output after loading it", restored, expected)


def _check_layout(entry: Entry, other: nn.Module, images: Tensor, expected: Tensor) -> None:
    """Weights with channels last, as `channels_last` of a recipe has them, and images."""
    with inside(entry, "channels last"):
        other.to(memory_format=torch.channels_last)
    found = _embedded(entry, other, images.to(memory_format=torch.channels_last), ", channels last")
    check_close(entry, "with channels last what it gives without", found, expected, LAID_OUT)


def _differ(entry: Entry, expected: str, came: Tensor, other: Tensor) -> RequestError:
    return RequestError(f"{entry.label}: expected {expected}, got numbers {(came - other).abs().max():.3g} apart")
