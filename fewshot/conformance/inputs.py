"""Inputs that are made up, the same every time."""

import torch
from torch import Tensor


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Normal float32 numbers."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def pixels(*shape: int, seed: int = 0) -> Tensor:
    """Float32 numbers from 0 to 1."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def patterns(*shape: int, seed: int = 1) -> Tensor:
    """Images `[… channel height width]` of blank and inked squares in no order: any two differ in half their places."""
    squares = (pixels(*shape[:-2], 7, 7, seed=seed) > 0.5).float()
    rows, columns = (torch.arange(length) * 7 // length for length in shape[-2:])
    return squares[..., rows, :][..., columns]
