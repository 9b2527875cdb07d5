"""Every weight that is to learn can learn: what the module gives depends on it."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from fewshot.conformance._parts import numbers, weights

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
