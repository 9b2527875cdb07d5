"""Checks of modules: saved and loaded, on a GPU where there is one, and every weight able to learn."""

from collections import OrderedDict
from collections.abc import Callable, Mapping

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from fewshot.conformance.assertions import check_close, inside, numbers, weights
from fewshot.core.errors import RequestError
from fewshot.registry.source import PartInfo


def reloaded(entry: PartInfo, module: nn.Module, other: nn.Module) -> nn.Module:
    """`other`, a newly made one, with the state of `module` after it was the bytes of a safetensors file."""
    state = module.state_dict()
    for name, value in state.items():
        if not isinstance(value, Tensor):
            came = f"{name}, which is {type(value).__name__}"
            raise RequestError(f"{entry.label}: expected a state_dict of tensors, as safetensors takes, got {came}")
    with inside(entry, "the state_dict of another"), torch.no_grad():
        tensors = {name: value.detach().clone().contiguous() for name, value in state.items()}  # no two in one memory
        loaded = OrderedDict(load(save(tensors)))
        loaded._metadata = getattr(state, "_metadata", {})  # versions, which some of torchvision's modules ask for
        other.load_state_dict(loaded)
    return other


TOLERANCE = 0.01  # of the norm: convolutions round their factors to 10 bits there


def gpu() -> torch.device | None:
    """The GPU, if there is one."""
    return torch.device("cuda") if torch.cuda.is_available() else None


def check_on_gpu(entry: PartInfo, value: Callable[[torch.device], Tensor]) -> str:
    """`value` makes the part and its inputs on a device; what it gives on both is the same within 1 % of its norm."""
    if (device := gpu()) is None:
        return "there is no GPU to try it on"
    expected = value(torch.device("cpu"))
    with inside(entry, "everything on the GPU"):
        found = value(device).cpu()
    check_close(entry, "on the GPU what it gives on the CPU", found, expected, TOLERANCE)
    return f"the same on the GPU within {TOLERANCE:.0%}"


MOVED = 0.1


def idle(
    found: Mapping[str, Tensor | None], make: Callable[[], nn.Module], again: Callable[[nn.Module], Mapping]
) -> list[str]:
    """The weights that have no gradient among those `found`, or none but zeros there and `again` with other weights.

    A weight may have zeros where another starts at zero, as a gain of a residual branch does, and `make` makes a module
    whose weights are then all moved away from there.
    """
    zero = [name for name, slope in found.items() if slope is None or not slope.any()]
    if not zero or any(found[name] is None for name in zero):
        return [name for name in zero if found[name] is None]
    other = make()
    with torch.no_grad():
        for number, weight in enumerate(weights(other).values()):
            weight += MOVED * numbers(*weight.shape, seed=number)
    slopes = again(other)
    return [name for name in zero if slopes[name] is None or not slopes[name].any()]
