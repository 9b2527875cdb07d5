"""A backbone gives flat embeddings of the shape that it names, one image at a time when it is evaluated."""

import math
from collections.abc import Callable

import torch
from torch import nn

from fewshot.conformance._parts import (
    Broken,
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
from fewshot.errors import RequestError
from fewshot.rng import seeded
from fewshot.sources import Entry

PHOTOGRAPH = 84
IMAGES = 4


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
    encoder = _made(entry, part, options, shape, 0)
    images = pixels(IMAGES, *shape)
    embedded = _embedded(entry, encoder.train(), images)
    given = f"images {dims(images.shape)}"
    found = gradients(entry, (embedded * numbers(*embedded.shape)).sum(), weights(encoder), given)
    if unused := [name for name, grad in found.items() if grad is None]:
        raise RequestError(f"{entry.label}: expected a gradient for the {unused[0]}, got none: no output depends on it")
    with torch.no_grad():
        together = _embedded(entry, encoder.eval(), images)
        alone = torch.cat([_embedded(entry, encoder, image[None]) for image in images])
    if not near(alone, together):
        raise _differ(entry, "an image alone to give what it gives in a batch, in eval mode", alone, together)
    other = _made(entry, part, options, shape, 1)
    with inside(entry, "the state_dict of another"), torch.no_grad():
        other.load_state_dict(encoder.state_dict())
    with torch.no_grad():
        restored = _embedded(entry, other.eval(), images)
    if not near(restored, together, 1e-6):
        raise _differ(entry, "its state_dict to be all of it, the same output after loading it", restored, together)
    return [
        f"embeddings {dims(embedded.shape)} of images {dims(images.shape)}: finite, a finite gradient for every weight",
        "in eval mode one image at a time gives what a batch gives; its state_dict is all of it",
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


def _embedded(entry: Entry, encoder: nn.Module, images: torch.Tensor) -> torch.Tensor:
    given = f"images {dims(images.shape)}"
    try:
        with inside(entry, given), seeded(0, "conformance"):
            found = encoder(images)
    except Broken:
        raise
    except RequestError as error:
        raise _Refused(str(error)) from error
    check_tensor(
        entry, f"embeddings of shape {encoder.shape}, flat", found, (len(images), math.prod(encoder.shape)), given
    )
    return found


def _differ(entry: Entry, expected: str, came: torch.Tensor, other: torch.Tensor) -> RequestError:
    return RequestError(f"{entry.label}: expected {expected}, got numbers {(came - other).abs().max():.3g} apart")
