"""Gradients compared with central differences, in float64 for small parts and in float32 for learners."""

import math
from collections.abc import Callable, Mapping
from copy import deepcopy

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import gradients, weights
from fewshot.conformance.breaches import Breach, inside
from fewshot.conformance.inputs import numbers
from fewshot.conformance.modules import move

STEP = 1e-8  # along a direction of norm 1: so short that hardly any unit crosses the kink of a ReLU
RELATIVE, ABSOLUTE = 1e-3, 1e-6
CHANGE, COARSE = 1e-2, 0.1  # in float32: a step's change of the value, and the slope's error by rounding and curvature
IN_FLOAT64 = ", in float64 unless smooth = False"
NOT_SMOOTH = "smooth = False, so its gradients were not compared with differences"


def is_smooth(*parts: object) -> bool:
    """Whether no part has `smooth = False`, as parts have that detach, jump, or do not support float64."""
    return all(getattr(part, "smooth", True) for part in parts)


class Tried(nn.Module):
    """A value of a part and its inputs; the inputs are parameters, so that they can be moved like weights."""

    def __init__(self, value: Callable[..., Tensor], part: nn.Module, **inputs: Tensor) -> None:
        super().__init__()
        self.value, self.part, self.inputs, self.order = value, part, nn.ParameterDict(inputs), tuple(inputs)

    def forward(self) -> Tensor:
        """The value for the present inputs and weights."""
        return self.value(self.part, *(self.inputs[name] for name in self.order))

    def copy(self) -> "Tried":
        """A copy of part and inputs, with state that no call has changed."""
        return deepcopy(self, {id(self.value): self.value})

    def sources(self) -> dict[str, Tensor]:
        """Inputs and weights by their names in messages."""
        return {**self.inputs, **weights(self.part)}


def check_differences(tried: Tried, given: str) -> str:
    """Check the slope of a random sum of the value in a random direction of each input and of all weights together.

    Weights that are zero are moved first: a residual branch that starts at zero would leave the units after it at the
    kink of their ReLU.
    """
    given += IN_FLOAT64
    move(tried.part.double(), zeros_alone=True)
    tried.double()
    with inside(given):
        one = tried.copy()
        found = one()
        share = numbers(*found.shape, seed=1).double() / (found.detach().norm() or 1)
        slopes = gradients(share * found, one.sources(), given)
        ways = {name: numbers(*one.shape, seed=2).double() for name, one in tried.sources().items()}
        ways = {name: way / way.norm() for name, way in ways.items()}
        groups = {name: [name] for name in tried.inputs}
        if own := [name for name in ways if name not in tried.inputs]:
            groups["weights together" if len(own) > 1 else own[0]] = own
        for what, names in groups.items():
            expected = _moved(tried, {name: ways[name] for name in names}, STEP, share)
            got = sum(float((slopes[name] * ways[name]).sum()) for name in names if slopes[name] is not None)
            _check_slope(what, expected, got, RELATIVE, given)
    return "gradients agree with differences in float64"


def check_downhill(tried: Tried, given: str) -> str:
    """Compare the slope of a scalar along its gradient with the gradient's norm, in float32.

    Returns a line, or "" if the gradient is zero, as it can be beyond a margin.
    """
    with inside(given):
        one = tried.copy()
        before = one()
        found = gradients(before, one.sources(), given)
        slopes = {name: slope for name, slope in found.items() if slope is not None}
        if not (steepness := math.sqrt(sum(float(slope.square().sum()) for slope in slopes.values()))):
            return ""
        ways = {name: slope / steepness for name, slope in slopes.items()}
        step = CHANGE * max(abs(float(before.detach())), 1e-3) / steepness
        _check_slope("weights together", _moved(tried, ways, step), steepness, COARSE, given)
    return f"gradients agree with differences within {COARSE:.0%}"


def _moved(tried: Tried, ways: Mapping[str, Tensor], step: float, share: Tensor | float = 1.0) -> float:
    """The slope of the value's weighted sum along all these directions, by a central difference."""
    found = []
    for sign in (1, -1):
        sources = (other := tried.copy()).sources()
        with torch.no_grad():
            for name, way in ways.items():
                sources[name] += sign * step * way
        found.append(float((share * other()).sum().detach()))
    return (found[0] - found[1]) / (2 * step)


def _check_slope(what: str, expected: float, got: float, tolerance: float, given: str) -> None:
    if not math.isclose(got, expected, rel_tol=tolerance, abs_tol=ABSOLUTE):
        wanted = (
            f"a gradient for the {what} that agrees with differences, {expected:.6g} in one direction, given {given}"
        )
        raise Breach(wanted, f"{got:.6g}; a part that detaches or jumps sets smooth = False")
