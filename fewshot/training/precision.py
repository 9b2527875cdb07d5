"""Mixed precision, and products in bfloat16 for processors for which torch would multiply number by number."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from fewshot.core.device import multiplies_bfloat16

aten = torch.ops.aten
PRODUCTS = {
    aten.convolution.default, aten.convolution_backward.default, aten.mm.default, aten.addmm.default, aten.bmm.default,
    aten.baddbmm.default, aten.addbmm.default, aten.mv.default, aten.addmv.default, aten.dot.default,
}  # fmt: skip


class RoundedProducts(TorchDispatchMode):
    """In this block convolutions and products of matrices in bfloat16, also those of backward passes, are computed in
    float32 and rounded; fused attention is not.

    A processor with bfloat16 instructions does the same: exact products of rounded numbers, sums in float32, a rounded
    result. Results differ from its own as those of two such processors do, by the order of sums.

    >>> with RoundedProducts():
    ...     torch.ones(2, 3).bfloat16() @ torch.ones(3, 1).bfloat16()
    tensor([[3.],
            [3.]], dtype=torch.bfloat16)
    """

    def __torch_dispatch__(
        self, call: Callable, kinds: Iterable[type], args: tuple = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        types = {one.dtype for one in args if isinstance(one, Tensor)}
        if call not in PRODUCTS or types != {torch.bfloat16}:
            return call(*args, **kwargs)
        found = call(*(one.float() if isinstance(one, Tensor) else one for one in args), **kwargs)
        if isinstance(found, tuple):  # gradients, None where one is not asked for
            return tuple(one if one is None else one.bfloat16() for one in found)
        return found.bfloat16()


@contextmanager
def mixed(device: torch.device, precision: str) -> Iterator[torch.autocast]:
    """A block in which products have this precision; yields torch's autocast, for the part of it that is forward."""
    half = precision == "bfloat16"
    rounds = half and device.type == "cpu" and not multiplies_bfloat16()
    with RoundedProducts() if rounds else nullcontext():
        yield torch.autocast(device.type, torch.bfloat16, enabled=half)
