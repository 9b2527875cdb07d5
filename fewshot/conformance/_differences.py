"""Gradients are those of the value: in float64 they are held against central differences."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from fewshot.conformance._parts import gradients, inside, numbers
from fewshot.errors import RequestError
from fewshot.sources import Entry

STEP, RELATIVE, ABSOLUTE = 1e-6, 1e-3, 1e-6
IN_FLOAT64 = ", in float64 as it does not say smooth = False"
NOT_SMOOTH = "it says smooth = False, so its gradients were not held against differences"


def is_smooth(*parts: object) -> bool:
    """Whether none of them says `smooth = False`, as one does that detaches, jumps, or knows no float64."""
    return all(getattr(part, "smooth", True) for part in parts)


def check_differences(entry: Entry, value: Callable[[], Tensor], sources: Mapping[str, Tensor], given: str) -> str:
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


def _moved(total: Callable[[], Tensor], source: Tensor, by: Tensor) -> float:
    before = source.detach().clone()
    with torch.no_grad():
        source += by
    found = float(total().detach())
    with torch.no_grad():
        source.copy_(before)
    return found
