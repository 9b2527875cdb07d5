"""A part gives on a GPU what it gives on the CPU, where there is one to try."""

from collections.abc import Callable

import torch
from torch import Tensor

from fewshot.conformance._parts import check_close, inside
from fewshot.sources import Entry

TOLERANCE = 0.01  # of the norm: convolutions round their factors to 10 bits there


def gpu() -> torch.device | None:
    """The GPU, if there is one."""
    return torch.device("cuda") if torch.cuda.is_available() else None


def check_on_gpu(entry: Entry, value: Callable[[torch.device], Tensor]) -> str:
    """`value` makes the part and its inputs on a device; what it gives on both is the same within 1 % of its norm."""
    if (device := gpu()) is None:
        return "there is no GPU to try it on"
    expected = value(torch.device("cpu"))
    with inside(entry, "everything on the GPU"):
        found = value(device).cpu()
    check_close(entry, "on the GPU what it gives on the CPU", found, expected, TOLERANCE)
    return f"the same on the GPU within {TOLERANCE:.0%}"
