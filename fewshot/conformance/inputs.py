"""Made-up inputs, the same in every run."""

import torch
from torch import Tensor


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Float32 numbers from a standard normal distribution."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def pixels(*shape: int, seed: int = 0) -> Tensor:
    """Float32 numbers, uniform from 0 to 1."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def patterns(*shape: int, seed: int = 1) -> Tensor:
    """Images `[… channel height width]` of random blank and inked squares: any two differ in about half of them."""
    squares = (pixels(*shape[:-2], 7, 7, seed=seed) > 0.5).float()
    rows, columns = (torch.arange(length) * 7 // length for length in shape[-2:])
    return squares[..., rows, :][..., columns]
