"""Resizing of ink by area, in integers, so that grey levels are the same on every machine."""

import numpy as np
import torch
from jaxtyping import Bool, UInt8
from torch import Tensor

CHUNK = 256  # images at a time: about 25 MB of working memory


def area_resize(ink: Bool[np.ndarray, "image side side"], size: int) -> UInt8[np.ndarray, "image size size"]:
    """Each pixel's share of ink from 0 to 255, with halves rounded up.

    PIL resizes 1-bit images by nearest neighbour with any filter, and its box filter counts only whole pixels.
    """
    side = ink.shape[1]
    if size == side:
        return ink * np.uint8(255)
    resized = np.empty((len(ink), size, size), dtype=np.uint8)
    for start in range(0, len(ink), CHUNK):
        columns = _sums(ink[start : start + CHUNK].swapaxes(1, 2), size)  # [image column new row]
        total = _sums(columns.swapaxes(1, 2), size)  # [image new row new column], at most side²
        resized[start : start + CHUNK] = (510 * total + side**2) // (2 * side**2)
    return resized


def area_tensors(ink: Bool[Tensor, "image 1 side side"], size: int) -> UInt8[Tensor, "image 1 _ _"]:
    """The same of a batch of tensors, as products of matrices of whole numbers."""
    side = ink.shape[-1]
    old, new = torch.arange(side) * size, torch.arange(size)[:, None] * side
    shared = (torch.minimum(old + size, new + side) - torch.maximum(old, new)).clamp(min=0)
    ink = ink.double()
    share = shared.type_as(ink)
    total = share @ ink @ share.mT
    return ((510 * total + side**2) / (2 * side**2)).floor().to(torch.uint8)


def _sums(values: np.ndarray, size: int) -> np.ndarray:
    """Sums over `size` equal stretches of the last axis, in units of 1 / size of an old pixel.

    They are differences of the cumulative sum at the stretches' borders, which may cut a pixel.
    """
    whole, part = np.divmod(np.arange(size + 1) * values.shape[-1], size)
    padded = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=np.int32)
    padded[..., :-1] = values
    before = np.cumsum(padded, axis=-1, dtype=np.int32) - padded
    return np.diff(before[..., whole] * np.int32(size) + padded[..., whole] * part.astype(np.int32), axis=-1)
