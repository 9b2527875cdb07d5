"""The promise of a backbone: flat embeddings of the shape that it names, one image at a time when it is evaluated.

One whose gradients are not the derivatives of its numbers says `smooth = False`.
"""

import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import (
    Broken,
    check_close,
    check_tensor,
    dims,
    gradients,
    inside,
    is_shape,
    near,
    numbers,
    patterns,
    pixels,
    weights,
)
from fewshot.conformance.gradients import IN_FLOAT64, NOT_SMOOTH, check_all_at_once, is_smooth
from fewshot.conformance.modules import check_on_gpu, idle, reloaded
from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded
from fewshot.registry.source import PartInfo

PHOTOGRAPH = 84
IMAGES = 4
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
ROUNDED = 0.1  # of the norm, in bfloat16: 2⁻⁹ a number, in layer upon layer
LAID_OUT = 1e-3  # of the norm, with channels last or in a batch of another size: sums in another order
BLIND, BLIND_64 = 1e-5, 1e-10  # of the norm: embeddings that are no further apart than by rounding


def check_backbone(entry: PartInfo, part: Callable, options: dict, size: int | None) -> list[str]:
    """With grey images of `size` px or its own `side`; if it refuses those, with colour ones of `size` or 84 px."""
    grey = (1, size or part.marks.side, size or part.marks.side)
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


def _check(entry: PartInfo, part: Callable, options: dict, shape: tuple[int, int, int]) -> list[str]:
    make = partial(_made, entry, part, options, shape)
    encoder, images = make(0), pixels(IMAGES, *shape)
    _check_unlike(entry, encoder.train(), patterns(IMAGES, *shape), ", in training", BLIND)
    if unused := idle(_trained(entry, encoder, images), lambda: make(2), partial(_trained, entry, images=images)):
        raise RequestError(f"{entry.label}: expected a gradient for the {unused[0]}, got none: no output depends on it")
    rounded = _embedded(entry, encoder, images, bfloat16=True)
    _gradients(entry, encoder, rounded, images, ", in bfloat16")
    with torch.no_grad():
        together = _embedded(entry, encoder.eval(), images)
        _check_alone(entry, encoder, images)
        rounded = _embedded(entry, encoder, images, bfloat16=True)
        check_close(entry, "under autocast to bfloat16 what it gives in float32", rounded, together, ROUNDED)
        other = reloaded(entry, encoder, make(1)).eval()
        _check_state(entry, other, images, together)
        _check_layout(entry, other, images, together)
    return [
        f"embeddings {dims(together.shape)} of images {dims(images.shape)}: finite, a finite gradient for every weight",
        f"unlike images are embedded apart; {_check_differences(entry, make, images)}",
        "in eval mode one image at a time gives what a batch gives; saved and loaded by safetensors",
        f"the same under autocast to bfloat16 within {ROUNDED:.0%} and with channels last within {LAID_OUT:.1%}; "
        + check_on_gpu(entry, lambda device: _embedded(entry, make(0).to(device).eval(), images.to(device))),
    ]


def _made(entry: PartInfo, part: Callable, options: dict, shape: tuple[int, int, int], seed: int) -> nn.Module:
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


def _embedded(entry: PartInfo, encoder: nn.Module, images: Tensor, note: str = "", *, bfloat16: bool = False) -> Tensor:
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


def _trained(entry: PartInfo, encoder: nn.Module, images: Tensor) -> Mapping[str, Tensor | None]:
    """The gradients in training."""
    return _gradients(entry, encoder, _embedded(entry, encoder.train(), images), images)


def _gradients(
    entry: PartInfo, encoder: nn.Module, embedded: Tensor, images: Tensor, note: str = ""
) -> Mapping[str, Tensor | None]:
    value = (embedded.float() * numbers(*embedded.shape)).sum()
    return gradients(entry, value, weights(encoder), f"images {dims(images.shape)}{note}")


@torch.no_grad()
def _check_unlike(entry: PartInfo, encoder: nn.Module, images: Tensor, note: str, least: float) -> None:
    """By at least a part of the norm of the embeddings."""
    found = _embedded(entry, encoder, images, note)
    apart = float((found[1:] - found[:1]).norm(dim=1).min() / found.norm(dim=1).mean().clamp(min=1e-12))
    if not apart > least:
        came = f"the same but for {apart:.3g} of their norm"
        raise RequestError(f"{entry.label}: expected other embeddings of unlike images{note}, got {came}")


def _check_differences(entry: PartInfo, make: Callable, images: Tensor) -> str:
    """In training, where gradients are used, but for batch norms: of a few small maps theirs are too steep for steps.

    In eval mode, float64 also shows what deep networks hardly tell apart.
    """
    given = _Given(make(0), images[:2])
    if not is_smooth(given.encoder):
        return NOT_SMOOTH
    given.double()
    norms = _settle_norms(entry, given.encoder, images.double())
    unlike = patterns(*images.shape).double()
    _check_unlike(entry, given.encoder.eval(), unlike, ", in eval mode" + IN_FLOAT64, BLIND_64)
    given.train()
    for norm in norms:
        norm.eval()

    def embedded(one: _Given) -> Tensor:
        return _embedded(entry, one.encoder, one.images, IN_FLOAT64)

    with torch.no_grad():
        found = embedded(deepcopy(given))
        share = numbers(*found.shape, seed=1).double() / found.norm()
    shapes = f"images {dims(given.images.shape)}"
    return check_all_at_once(entry, given, lambda one: (share * embedded(one)).sum(), shapes, alone="images")


@torch.no_grad()
def _settle_norms(entry: PartInfo, encoder: nn.Module, images: Tensor) -> list[nn.Module]:
    """The batch norms, which take for good the statistics of these images, as with fresh ones deep networks vanish."""
    norms = [module for module in encoder.modules() if isinstance(module, NORMS)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    _embedded(entry, encoder.train(), images, IN_FLOAT64)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    return norms


class _Given(nn.Module):
    """An encoder and images, which are weights here, to be moved with the others."""

    def __init__(self, encoder: nn.Module, images: Tensor) -> None:
        super().__init__()
        self.encoder, self.images = encoder, nn.Parameter(images.clone())


def _check_alone(entry: PartInfo, encoder: nn.Module, images: Tensor) -> None:
    """Beside darker images, which are not to matter."""
    together = _embedded(entry, encoder, torch.cat([images[:1], images[1:] / 4]))[:1]
    alone = _embedded(entry, encoder, images[:1])
    check_close(entry, "an image alone to give what it gives in a batch, in eval mode,", alone, together, LAID_OUT)


def _check_state(entry: PartInfo, other: nn.Module, images: Tensor, expected: Tensor) -> None:
    restored = _embedded(entry, other, images)
    if not near(restored, expected, 1e-6):
        came = f"numbers {(restored - expected).abs().max():.3g} apart"
        said = "its state_dict to be all of it, the same output after loading it"
        raise RequestError(f"{entry.label}: expected {said}, got {came}")


def _check_layout(entry: PartInfo, other: nn.Module, images: Tensor, expected: Tensor) -> None:
    """Weights with channels last, as `channels_last` of a recipe has them, and images."""
    with inside(entry, "channels last"):
        other.to(memory_format=torch.channels_last)
    found = _embedded(entry, other, images.to(memory_format=torch.channels_last), ", channels last")
    check_close(entry, "with channels last what it gives without", found, expected, LAID_OUT)
