"""Checks of modules: weights with gradients, a state that can be saved, the same numbers again and on a GPU."""

from collections import OrderedDict
from collections.abc import Callable, Mapping

import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from fewshot.conformance.assertions import check_close, near, weights
from fewshot.conformance.breaches import Breach, inside
from fewshot.conformance.inputs import numbers

MOVED = 0.1
SAVED = 1e-5
RESUMABLE = "; a part with other state sets resumable = False"
ON_GPU = 0.01  # share of the norm: GPU convolutions round factors to 10 bits


@torch.no_grad()
def move(module: nn.Module, *, zeros_alone: bool = False) -> None:
    """Move every weight a little in a random direction; with `zeros_alone`, only numbers that are exactly zero."""
    for number, weight in enumerate(weights(module).values()):
        moved = weight == 0 if zeros_alone else torch.ones_like(weight)
        if moved.any():
            fan = weight[0].numel() if weight.ndim > 1 else 1
            weight += MOVED / fan**0.5 * moved * numbers(*weight.shape, seed=number).to(weight)


def check_weights(
    found: Mapping[str, Tensor | None],
    make: Callable[[], nn.Module],
    again: Callable[[nn.Module], Mapping[str, Tensor | None]],
    why: str,
) -> None:
    """Check that every weight has a nonzero gradient, in `found` or in `again(module)` for a new module that was moved.

    A gradient can be zero only because another weight starts at zero, for example the gain of a residual branch; so try
    again with all weights moved.
    """
    idle = [name for name, slope in found.items() if slope is None or not slope.any()]
    if idle:
        move(other := make())
        slopes = again(other)
        idle = [name for name in idle if slopes[name] is None or not slopes[name].any()]
    if idle:
        raise Breach(f"a gradient for the {idle[0]}", f"none: {why}")


def check_saved(module: nn.Module, other: nn.Module, value: Callable[[nn.Module], Tensor], hint: str = "") -> str:
    """Check that a new module `other` has the `value` of `module` after its state was saved and loaded by safetensors.

    With a `hint`, which the message then adds, modules with `resumable = False` skip the comparison.
    """
    state = module.state_dict()
    for name, tensor in state.items():
        if not isinstance(tensor, Tensor):
            raise Breach("a state_dict of tensors, for safetensors", f"{name} of type {type(tensor).__name__}")
    with inside("the state_dict of another"), torch.no_grad():
        tensors = {name: tensor.detach().clone().contiguous() for name, tensor in state.items()}  # no shared memory
        loaded = OrderedDict(load(save(tensors)))
        loaded._metadata = getattr(state, "_metadata", {})  # versions, which some of torchvision's modules read
        other.load_state_dict(loaded)
    if hint and not all(getattr(one, "resumable", True) for one in module.modules()):
        return "saved and loaded by safetensors; resumable = False, so the numbers after loading were not compared"
    with torch.no_grad():
        expected, found = value(module), value(other)
    if not near(found, expected, SAVED):
        apart = f"numbers {(found - expected).abs().max():.3g} apart{hint}"
        raise Breach("the same numbers after its state_dict is loaded", apart)
    return "saved and loaded by safetensors"


def check_made(module: object) -> None:
    """Check that all weights are there once the module is made, as a run counts and optimises them before any image."""
    named = module.named_parameters() if isinstance(module, nn.Module) else ()
    if lazy := next((name for name, weight in named if is_lazy(weight)), ""):
        raise Breach("weights of known shape once it is made", f"a lazy layer, whose {lazy} waits for its first input")


@torch.no_grad()
def check_again(value: Callable[[], Tensor], of: str) -> None:
    """Check that `value`, which makes the part anew and seeds torch's generators, gives the same numbers twice."""
    first, again = value(), value()
    if not near(again, first, SAVED):
        apart = f"numbers {(again - first).abs().max():.3g} apart"
        why = "a part draws from torch alone, not from random or numpy, and keeps nothing between calls outside itself"
        raise Breach(f"the same {of} from the same seed", f"{apart}: {why}")


def gpu() -> torch.device | None:
    """The GPU, or None without one."""
    return torch.device("cuda") if torch.cuda.is_available() else None


def check_on_gpu(value: Callable[[torch.device], Tensor]) -> str:
    """Check that `value`, which makes part and inputs on a device, agrees on CPU and GPU within 1 % of its norm."""
    if (device := gpu()) is None:
        return "not tried on a GPU, as there is none"
    expected = value(torch.device("cpu"))
    with inside("everything on the GPU"):
        found = value(device).cpu()
    check_close("the same on the GPU as on the CPU", found, expected, ON_GPU)
    return f"the same on the GPU within {ON_GPU:.0%}"
