"""A GPU that is only pretended: torch's fake tensors know shapes, types and devices, and compute nothing.

So a machine without one tells where a step would wait for it, or hand it a tensor of the CPU.
"""

import copy
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

DEVICE = "lazy"  # the only one but the CPU for which torch's autograd asks no driver
COPIES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}
PUTS = {torch.ops.aten.index_put.default, torch.ops.aten.index_put_.default}
BY_NUMBERS = PUTS | {torch.ops.aten.index.Tensor}
CHECKED = {torch.ops.aten._linalg_check_errors.default}


class WaitsError(Exception):
    """The host would wait for the GPU here."""


class PretendedGpu:
    """Things are put there by `of`, and in a block `with watched():` whatever would wait for it raises `WaitsError`."""

    def __init__(self) -> None:
        self._fake = FakeTensorMode()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Nothing may wait."""
        with self._fake, _Watch():
            yield

    @contextmanager
    def answered(self) -> Iterator[None]:
        """What is waited for is 1, and nothing else is watched for but mixed devices."""
        with self._fake, _Answer():
            yield

    def of(self, thing: object) -> object:
        """A copy, all of whose tensors are on the pretended GPU; what was one thing there is one thing here."""
        return self._of(thing, {})

    def _of(self, thing: object, known: dict[int, object]) -> object:
        if id(thing) in known:
            return known[id(thing)]
        if isinstance(thing, Tensor):
            with self._fake:
                moved = torch.empty_strided(thing.shape, thing.stride(), dtype=thing.dtype, device=DEVICE)
            known[id(thing)] = nn.Parameter(moved, thing.requires_grad) if isinstance(thing, nn.Parameter) else moved
            return known[id(thing)]
        if type(thing) is dict:
            return {key: self._of(value, known) for key, value in thing.items()}
        if type(thing) in (list, tuple):
            return type(thing)(self._of(one, known) for one in thing)
        if isinstance(thing, nn.Module) or (dataclasses.is_dataclass(thing) and not isinstance(thing, type)):
            known[id(thing)] = moved = copy.copy(thing)
            moved.__dict__.update({name: self._of(value, known) for name, value in vars(thing).items()})
            return moved
        return thing


class _Watch(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        try:
            found = function(*args, **(kwargs or {}))
        except (DataDependentOutputException, DynamicOutputShapeException) as error:
            raise WaitsError(f"{function}: a value or a shape has to come back") from error
        if function in COPIES and _apart((args, kwargs, found)):
            raise WaitsError(f"{function}: a copy from one device to the other")
        if function in BY_NUMBERS:
            masks = any(one.dtype == torch.bool for one in args[1] if one is not None)
            if masks or _apart(args) or (function in PUTS and args[3:4] == (True,)):
                raise WaitsError(f"{function}: by a mask, by numbers of the CPU, or summing where numbers are the same")
        if function in CHECKED:
            raise WaitsError(f"{function}: looks whether it went well")
        return found


class _Answer(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function in BY_NUMBERS and args[0].device.type == "cpu" and _apart(args):
            raise RuntimeError(f"{function}: a tensor of the CPU by numbers of another device")
        try:
            return function(*args, **(kwargs or {}))
        except DataDependentOutputException:
            return 1


def _apart(values: object) -> bool:
    return len({one.device.type for one in tree_leaves(values) if isinstance(one, Tensor)}) > 1
