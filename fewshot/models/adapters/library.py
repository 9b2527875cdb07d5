"""The losses of pytorch-metric-learning by name: found, made with a user's options, and asked what they take."""

import inspect
import math
from types import ModuleType

import torch
from torch import nn

from fewshot.core.errors import Lacking, RequestError, unknown

_OBJECTS = {"distance", "reducer", "collect_stats", "weight_init_func", "weight_regularizer", "embedding_regularizer"}


def library() -> ModuleType:
    """The package pytorch_metric_learning. Raises `Lacking` with the way to install it if it cannot be imported."""
    try:
        import pytorch_metric_learning.distances
        import pytorch_metric_learning.losses
        import pytorch_metric_learning.miners
        import pytorch_metric_learning.reducers
    except ImportError as error:
        raise Lacking(
            f"expected pytorch-metric-learning to be installed, got: {error}. "
            "To get it: pip install pytorch-metric-learning"
        ) from error
    return pytorch_metric_learning


def find_loss(name: str) -> type[nn.Module]:
    """The class of a loss of the library that learns from labels."""
    losses = library().losses
    base = losses.BaseMetricLossFunction
    known = {
        name: part
        for name, part in vars(losses).items()
        if isinstance(part, type) and issubclass(part, base) and part.compute_loss is not base.compute_loss
    }
    if name not in known:
        raise unknown("loss of pytorch-metric-learning", name, known)
    return known[name]


def made_loss(make: type[nn.Module], sized: dict[str, int], options: dict[str, object]) -> nn.Module:
    """The loss, made with `sized` parameters, which the training sets, and with the user's options."""
    known = parameters_of(make).keys() - sized.keys()
    for key, value in options.items():
        if key not in known or (key in _OBJECTS and not isinstance(value, nn.Module)):
            raise unknown(f"option of pml:{make.__name__}", key, known - _OBJECTS, key)
    if isinstance(loss := _tried(make, sized | options), nn.Module):
        return loss
    without = {key: sized | {one: value for one, value in options.items() if one != key} for key in options}
    wrong = [key for key, rest in without.items() if isinstance(_tried(make, rest), nn.Module)]
    reason = f"{type(loss).__name__}: {loss}"
    raise RequestError(f"pml:{make.__name__} cannot be made with {options}: {reason}", *wrong[:1]) from loss


def _tried(make: type[nn.Module], given: dict[str, object]) -> nn.Module | Exception:
    try:
        return make(**given)
    except Exception as error:  # the library's own checks raise any kind
        return error


def accepts_distance(make: type[nn.Module], options: dict[str, object]) -> bool:
    """Whether the loss takes a distance of embeddings that are not normalised."""
    try:
        make(**options, distance=library().distances.LpDistance(normalize_embeddings=False))
    except (AssertionError, TypeError, ValueError):
        return False
    return True


def takes_references(loss: nn.Module, dim: int) -> bool:
    """Whether the loss compares embeddings with references, independently of the references' order.

    A loss without references raises at its first call. A loss that confuses the indices of references and embeddings
    raises too, or its value changes with the order.
    """
    images = torch.arange(8.0 * dim, dtype=torch.float64).sin().view(8, dim)
    others = torch.arange(12.0 * dim, dtype=torch.float64).cos().view(12, dim)
    label, known = torch.arange(4).repeat(2), torch.arange(4).repeat(3)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    try:
        with torch.no_grad():
            value, again = (
                float(loss(images, label, None, others[places], known[places])) for places in (range(12), order)
            )
    except Exception:  # a loss may raise any error
        return False
    if not math.isfinite(value):
        raise RequestError(f"{type(loss).__name__}: expected options that give a finite value, got {value}")
    return math.isclose(value, again, rel_tol=1e-9)


def parameters_of(make: type[nn.Module]) -> dict[str, inspect.Parameter]:
    """The parameters of a loss and of its bases, to which the library passes them on."""
    found: dict[str, inspect.Parameter] = {}
    for base in make.__mro__:
        if "__init__" in vars(base) and base is not nn.Module and base is not object:
            for name, one in inspect.signature(base.__init__).parameters.items():
                if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD) and name != "self":
                    found.setdefault(name, one)
    return found
