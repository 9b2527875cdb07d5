"""Pillow's bilinear resizing as products of tensors: the pixels of `fitted` to the last bit, in a graph.

Pillow resizes one axis and then the other, by weights of 22 bits, and rounds to bytes after each. Products of whole
numbers in float64 are exact, so the same weights as matrices give the same bytes, for images of any size.
"""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from jaxtyping import Bool, Float64, UInt8
from torch import Tensor

from fewshot.core.checks import Size, sides

BITS = 22  # of a weight
ROWS_FIRST = 13  # the version of Pillow that began to choose the order of the axes
OUTSIDE = torch.inf  # the place of a pixel that is not to be seen
Bytes: TypeAlias = UInt8[Tensor, "image channel _ _"]
Places: TypeAlias = Float64[Tensor, " _"]
Number: TypeAlias = Float64[Tensor, ""]
Weights: TypeAlias = Float64[Tensor, "_ _"]


def fit_tensors(images: Bytes, size: Size, fit: str) -> Bytes:
    """A batch of images resized to `size` as `fitted` resizes each."""
    lengths, wanted = tuple(length_of(images, axis) for axis in (-2, -1)), sides(size)
    if fit == "pad":
        return _padded(images, lengths, wanted)
    (high, wide), (height, width) = lengths, wanted
    kept = torch.minimum(high, wide * height / width), torch.minimum(wide, high * width / height)
    edges = [(whole - part) / 2 for whole, part in zip(lengths, kept, strict=True)]
    spans = [(edge, edge + part) for edge, part in zip(edges, kept, strict=True)]
    if fit == "stretch":
        spans = [(0 * length, length) for length in lengths]
    places = [count_to(length, images) for length in images.shape[-2:]]
    weights = [stretched(*each) for each in zip(places, spans, wanted, strict=True)]
    return resampled(images, *weights, _tall(lengths, wanted))


def length_of(images: Bytes, axis: int) -> Number:
    """The length of an axis, as a number in the graph, so that the graph takes images of any size."""
    return count_to(images.shape[axis], images)[-1] + 1


def count_to(number: int, images: Tensor) -> Places:
    """The whole numbers below `number`, on the device of the images whatever it is when the graph runs."""
    return torch.arange(number).type_as(images.double())


def stretched(old: Places, span: tuple[Number, Number], size: int) -> Weights:
    """The weights of pixels at the places `old` in `size` new ones that share out a span of them."""
    low, high = (one.float() for one in span)  # Pillow holds the borders of a box in float32
    return bilinear(old, low.double(), (high - low).double() / size, count_to(size, old))


def bilinear(old: Places, low: Number, scale: Number, new: Places) -> Weights:
    """The weights, whole numbers of sum 2**BITS, of old pixels in new ones, which begin at `low` and are `scale` wide.

    A pixel `OUTSIDE` has none.
    """
    centre = low + (new[:, None] + 0.5) * scale
    weight = (1 - ((old - centre + 0.5) * (1 / scale.clamp(min=1))).abs()).relu()
    share = weight / weight.sum(1, keepdim=True).clamp(min=1e-9)
    return (share * 2**BITS + 0.5).floor()


def resampled(images: Bytes, rows: Weights, columns: Weights, tall: Bool[Tensor, ""] | None = None) -> Bytes:
    """The images with each new column, and then each new row, a weighted sum of the old ones; rows first if `tall`."""
    found = _rounded(rows @ _rounded(images.double() @ columns.mT))
    if tall is not None:
        found = torch.where(tall, _rounded(_rounded(rows @ images.double()) @ columns.mT), found)
    return found.to(torch.uint8)


def _rounded(sums: Float64[Tensor, "image channel _ _"]) -> Float64[Tensor, "image channel _ _"]:
    return ((sums + 2 ** (BITS - 1)) / 2**BITS).floor()


def _tall(old: Sequence[Number], new: Sequence[Number | int]) -> Bool[Tensor, ""] | None:
    """Whether the Pillow that is installed resizes rows first, as the height shrinks far more than the width."""
    from PIL import __version__

    if int(__version__.partition(".")[0]) < ROWS_FIRST:
        return None
    shrunk = old[0] - new[0]
    return (shrunk > 0) & (shrunk > 2 * (old[1] - new[1]))


def _padded(images: Bytes, lengths: Sequence[Number], wanted: Sequence[int]) -> Bytes:
    """The whole images in their own proportions, in the middle on black."""
    scale = torch.minimum(wanted[0] / lengths[0], wanted[1] / lengths[1])
    inner = [(length * scale).round().clamp(min=1) for length in lengths]
    weights = []
    for axis, length, within, size in zip((-2, -1), lengths, inner, wanted, strict=True):
        new = count_to(size, images) - ((size - within) / 2).floor()
        every = bilinear(count_to(images.shape[axis], images), 0 * length, length / within, new)
        weights.append(every * ((new >= 0) & (new < within))[:, None])
    return resampled(images, *weights, _tall(lengths, inner))
