"""Gradients against central differences, in float64 where a part is small."""

import math
from collections.abc import Callable, Mapping
from copy import deepcopy

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import gradients, inside, numbers, weights
from fewshot.core.errors import RequestError
from fewshot.registry.source import PartInfo

STEP, RELATIVE, ABSOLUTE = 1e-6, 1e-3, 1e-6
SMALL = 1e-9  # a step of many weights
CHANGE, COARSE = 1e-2, 0.1  # in float32: of the value by a step, and of the slope by rounding and curvature
IN_FLOAT64 = ", in float64 as it does not say smooth = False"
NOT_SMOOTH = "it says smooth = False, so its gradients were not held against differences"


def is_smooth(*parts: object) -> bool:
    """Whether none of them says `smooth = False`, as one does that detaches, jumps, or knows no float64."""
    return all(getattr(part, "smooth", True) for part in parts)


def check_differences(entry: PartInfo, value: Callable[[], Tensor], sources: Mapping[str, Tensor], given: str) -> str:
    """A random sum of `value`, which is computed anew from the sources, along a random direction of each of them.

    That is what `torch.autograd.gradcheck` does in its fast mode, which first takes seconds to import what it needs.
    """
    with inside(entry, given + IN_FLOAT64):
        share = numbers(*value().shape, seed=1).double()

        def total() -> Tensor:
            return (share * value()).sum()

        slopes = gradients(entry, total(), sources, given + IN_FLOAT64)
        for name, source in sources.items():
            way = numbers(*source.shape, seed=2).double()
            way /= way.norm()
            expected = (_moved(total, source, STEP * way) - _moved(total, source, -STEP * way)) / (2 * STEP)
            came = 0.0 if slopes[name] is None else float((slopes[name] * way).sum())
            if not math.isclose(came, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE):
                said = f"the gradient for the {name} that differences have in float64, {expected:.6g} in one direction"
                hint = "a part that detaches or jumps says smooth = False"
                raise RequestError(f"{entry.label}: expected {said}, given {given}, got {came:.6g}; {hint}")
    return "gradients as differences have them in float64"


def check_all_at_once(
    entry: PartInfo, module: nn.Module, value: Callable[[nn.Module], Tensor], given: str, alone: str
) -> str:
    """A number of a module of many weights, in float64, along a random direction of all together but for one `alone`.

    Steps are so small that next to no unit crosses a kink on the way, as a ReLU has. `value` gets copies, whose state
    no call has changed.
    """
    note, alone = given + IN_FLOAT64, f"weight {alone}"
    ways = {name: numbers(*weight.shape, seed=2).double() for name, weight in weights(module).items()}
    ways = {name: way / way.norm() for name, way in ways.items()}
    with inside(entry, note):
        slopes = _slopes(entry, module, value, note)[1]
        for what, chosen in ((alone.removeprefix("weight "), {alone}), ("weights together", ways.keys() - {alone})):
            some = {name: ways[name] for name in chosen}
            came = sum(float((slopes[name] * way).sum()) for name, way in some.items() if name in slopes)
            _check_slope(entry, what, _slope(module, value, some, SMALL), came, RELATIVE, note)
    return "gradients as differences have them in float64"


def check_downhill(entry: PartInfo, module: nn.Module, value: Callable[[nn.Module], Tensor], given: str) -> str:
    """A number of a module along its own gradient, in float32: whether it falls as fast as that says.

    Nothing where it is flat, as past a margin.
    """
    with inside(entry, given):
        before, slopes = _slopes(entry, module, value, given)
        if not (steepness := math.sqrt(sum(float(slope.square().sum()) for slope in slopes.values()))):
            return ""
        ways = {name: slope / steepness for name, slope in slopes.items()}
        step = CHANGE * max(abs(before), 1e-3) / steepness
        _check_slope(entry, "weights together", _slope(module, value, ways, step), steepness, COARSE, given)
    return f"gradients as differences have them within {COARSE:.0%}"


def _slopes(
    entry: PartInfo, module: nn.Module, value: Callable[[nn.Module], Tensor], given: str
) -> tuple[float, dict[str, Tensor]]:
    """The number, and its gradient for the weights that it depends on."""
    one = deepcopy(module)
    found = value(one)
    slopes = gradients(entry, found, weights(one), given)
    return float(found.detach()), {name: slope for name, slope in slopes.items() if slope is not None}


def _slope(module: nn.Module, value: Callable[[nn.Module], Tensor], ways: Mapping[str, Tensor], step: float) -> float:
    """What the number really changes by along these directions of the weights together."""
    found = []
    for sign in (1, -1):
        other = deepcopy(module)
        with torch.no_grad():
            for name, weight in weights(other).items():
                if name in ways:
                    weight += sign * step * ways[name]
        found.append(float(value(other).detach()))
    return (found[0] - found[1]) / (2 * step)


def _check_slope(entry: PartInfo, what: str, expected: float, came: float, tolerance: float, given: str) -> None:
    if not math.isclose(came, expected, rel_tol=tolerance, abs_tol=ABSOLUTE):
        said = f"the gradient for the {what} that differences have, {expected:.6g} in one direction"
        hint = "a part that detaches or jumps says smooth = False"
        raise RequestError(f"{entry.label}: expected {said}, given {given}, got {came:.6g}; {hint}")


def _moved(total: Callable[[], Tensor], source: Tensor, by: Tensor) -> float:
    before = source.detach().clone()
    with torch.no_grad():
        source += by
    found = float(total().detach())
    with torch.no_grad():
        source.copy_(before)
    return found
