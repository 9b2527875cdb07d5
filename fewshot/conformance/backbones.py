"""Checks of a backbone: flat embeddings of the shape that it states, independent between images in evaluation."""

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import ROUNDED, check_close, check_tensor, dims, gradients, weights
from fewshot.conformance.breaches import Breach, Broken, inside
from fewshot.conformance.gradients import IN_FLOAT64, NOT_SMOOTH, Tried, check_differences, is_smooth
from fewshot.conformance.inputs import numbers, patterns, pixels
from fewshot.conformance.modules import RESUMABLE, check_again, check_made, check_on_gpu, check_saved, check_weights
from fewshot.core.checks import Size, sides
from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded
from fewshot.core.spec.run_spec import Part
from fewshot.models.channels import channels_hint
from fewshot.training.precision import mixed

PHOTOGRAPH = 84
IMAGES = 4
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
LAID_OUT = 1e-3  # share of the norm, with channels last or another batch size, which change the order of sums
BLIND, BLIND_64 = 1e-5, 1e-10  # share of the norm: embeddings that differ by rounding only
Make = Callable[[int], nn.Module]  # from a seed


def check_backbone(part: Callable, named: Part, size: Size | None) -> list[str]:
    """Check shapes, gradients, state and formats, with the images of `_tried`."""
    make, encoder, images, refused = _tried(part, named.options, size)
    check_again(lambda: _embedded(make(0).train(), images, ", in training"), "embeddings")
    found = _trained(encoder, images)
    check_weights(found, lambda: make(2), partial(_trained, images=images), "no output depends on it")
    _trained(encoder, images, bfloat16=True)
    with torch.no_grad():
        together = _embedded(encoder.eval(), images)
        drawn = _embedded(encoder, images, seed=1)
        check_close("the same embeddings whatever numbers are drawn, in eval mode,", drawn, together, LAID_OUT)
        alone, darker = _embedded(encoder, images[:1]), images[1:] / 4  # must not change the embedding beside them
        batched = _embedded(encoder, torch.cat([images[:1], darker]))[:1]
        check_close("the same for an image alone as in a batch, in eval mode,", alone, batched, LAID_OUT)
        rounded = _embedded(encoder, images, bfloat16=True)
        check_close("the same under autocast to bfloat16 as in float32", rounded, together, ROUNDED)
        other = make(1).eval()
        saved = check_saved(encoder, other, lambda one: _embedded(one, images))
        with inside("channels last"):
            other.to(memory_format=torch.channels_last)
        laid_out = _embedded(other, images.to(memory_format=torch.channels_last), ", channels last")
        check_close("the same with channels last as without", laid_out, together, LAID_OUT)
        check_saved(encoder, make(3), lambda one: _embedded(one.train(), images, ", in training"), RESUMABLE)
    return [
        *refused,
        f"embeddings {dims(together.shape)} of images {dims(images.shape)}: finite, a finite gradient for every weight",
        _check_differences(make(0), images) if is_smooth(encoder) else NOT_SMOOTH,
        f"in eval mode an image alone gives the same as in a batch; {saved}",
        f"the same under autocast to bfloat16 within {ROUNDED:.0%} and with channels last within {LAID_OUT:.1%}; "
        + check_on_gpu(lambda device: _embedded(make(0).to(device).eval(), images.to(device))),
    ]


@torch.no_grad()
def check_unlike(part: Callable, named: Part, size: Size | None) -> list[str]:
    """Check that different images have different embeddings, beyond rounding; in float64 if possible, as deep networks
    with fresh weights barely separate images."""
    _, encoder, images, _ = _tried(part, named.options, size)
    dtype, least, note = (torch.float64, BLIND_64, IN_FLOAT64) if is_smooth(encoder) else (torch.float32, BLIND, "")
    _settle_norms(encoder.to(dtype), images.to(dtype))
    note = f", in eval mode{note}"
    found = _embedded(encoder.eval(), patterns(*images.shape).to(dtype), note)
    apart = float((found[1:] - found[:1]).norm(dim=1).min() / found.norm(dim=1).mean().clamp(min=1e-12))
    if not apart > least:
        raise Breach(f"different embeddings of different images{note}", f"{apart:.3g} of their norm as difference")
    return ["different images have different embeddings"]


def _tried(part: Callable, options: dict, size: Size | None) -> tuple[Make, nn.Module, Tensor, list[str]]:
    """A function that makes the backbone from a seed, one backbone in training mode, images, and a line on refusal.

    Images are of the shape `size` with channels; or grey, of `size` px or the mark `side`, and if the backbone refuses
    these, colour, of `size` or 84 px.
    """
    if isinstance(size, tuple) and len(size) == 3:
        shapes = (size,)
    else:
        shapes = ((1, *sides(size or part.marks.side)), (3, *sides(size or PHOTOGRAPH)))
    first: RequestError | None = None
    for shape in shapes:
        make = partial(_made, part, options, shape)
        images = pixels(IMAGES, *shape)
        try:
            encoder = make(0).train()
            _embedded(encoder, images, ", in training")
        except (Breach, Broken):
            raise
        except RequestError as error:  # raised by the backbone
            first = first or error
        else:
            refused = f"images {dims(shapes[0])} are refused ({first}), so it was tried with {dims(shape)}"
            return make, encoder, images, [refused] if first else []
    raise first


def _made(part: Callable, options: dict, shape: tuple[int, int, int], seed: int) -> nn.Module:
    with inside(f"images of shape {shape}"), seeded(seed, "conformance"):
        encoder = part(shape, **options)
    if not isinstance(encoder, nn.Module):
        raise Breach("an nn.Module", type(encoder).__name__)
    check_made(encoder)
    found = getattr(encoder, "shape", None)
    lengths = found if isinstance(found, tuple) and len(found) in (1, 3) else (0,)
    if not all(isinstance(length, int) and length > 0 for length in lengths):
        raise Breach("a shape (dim,) or (channel, height, width) of whole numbers", repr(found))
    return encoder


def _embedded(encoder: nn.Module, images: Tensor, note: str = "", *, bfloat16: bool = False, seed: int = 0) -> Tensor:
    given = f"images {dims(images.shape)}{note}{', under autocast to bfloat16' if bfloat16 else ''}"
    try:
        with (
            inside(given),
            seeded(seed, "conformance", images.device),
            _precision(images, bfloat16) as forward,
            forward,
        ):
            found = encoder(images)
    except Broken as error:
        if channels_hint(encoder, images.shape[1]):
            error.args = (f"{error}; its first convolution is made for shape[0] channels, here {images.shape[1]}",)
        raise
    expected = (len(images), math.prod(encoder.shape))
    check_tensor(f"embeddings of shape {encoder.shape}, flat", found, expected, given)
    return found


def _trained(encoder: nn.Module, images: Tensor, *, bfloat16: bool = False) -> Mapping[str, Tensor | None]:
    """The gradients of a random sum of embeddings, in training mode."""
    embedded = _embedded(encoder.train(), images, bfloat16=bfloat16).float()
    given = f"images {dims(images.shape)}{', in bfloat16' if bfloat16 else ''}"
    with _precision(images, bfloat16):
        return gradients(embedded * numbers(*embedded.shape), weights(encoder), given)


def _precision(images: Tensor, bfloat16: bool) -> AbstractContextManager[torch.autocast]:
    return mixed(images.device, "bfloat16" if bfloat16 else "float32")


def _check_differences(encoder: nn.Module, images: Tensor) -> str:
    """Check gradients against differences in training mode, but with batch norms in evaluation mode: their gradients
    over a few small maps are too steep for finite steps."""
    _settle_norms(encoder, images)
    few = images[:2].clone()
    tried = Tried(partial(_embedded, note=IN_FLOAT64), encoder, images=few)
    return check_differences(tried, f"images {dims(few.shape)}")


@torch.no_grad()
def _settle_norms(encoder: nn.Module, images: Tensor) -> None:
    """Put the encoder in training mode, with batch norms fixed to the statistics of these images: with fresh statistics
    embeddings vanish."""
    norms = [module for module in encoder.modules() if isinstance(module, NORMS)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    _embedded(encoder.train(), images)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
        norm.eval()
