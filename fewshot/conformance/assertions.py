"""Checks for all kinds of parts: the signature, and the tensors that a part returns."""

import inspect
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from fewshot.conformance.breaches import Breach, inside
from fewshot.registry.source import PartInfo

_REST = inspect.Parameter.VAR_KEYWORD
_MANY = (inspect.Parameter.VAR_POSITIONAL, _REST)
_BY_NAME = inspect.Parameter.KEYWORD_ONLY
ROUNDED = 0.1  # share of the norm, in bfloat16 or for inputs rounded to it: 2⁻⁹ a number, over many layers


def check_signature(entry: PartInfo, part: Callable) -> str:
    """Check that a part has its kind's positional parameters and the options in its source; returns the signature.

    Only a part whose source has `**options` may take options of any name.
    """
    expected = _positional(entry.kind, part)
    signature = inspect.signature(part)
    found = list(signature.parameters.values())
    plain = [one for one in found if one.kind not in (*_MANY, _BY_NAME)]
    options = [one.name for one in found if one.kind is _BY_NAME]
    strange = [one for one in found if one.kind in _MANY and not (one.kind is _REST and entry.open)]
    turned = {one.name for one in plain} == {*expected} and [one.name for one in plain] != list(expected)
    if len(plain) != len(expected) or strange or turned:
        bare = inspect.Signature([one.replace(annotation=inspect.Parameter.empty) for one in found])
        raise Breach(f"({', '.join([*expected, '*', 'options'])})", str(bare))
    if options != list(entry.options):
        raise Breach(f"the options of its source, {', '.join(entry.options) or 'none'}", ", ".join(options) or "none")
    more = ["*", *options] if options else []
    return f"called by ({', '.join([*expected, *more, *(['**options'] if entry.open else [])])})"


def _positional(kind: str, part: Callable) -> tuple[str, ...]:
    if kind == "learners":
        compared = "similarity" in inspect.signature(part).parameters
        return ("encoder",) * part.marks.trained + ("similarity", "shot_rule") * compared
    if kind == "losses":
        if isinstance(part, type):
            return ("dim", "classes")
        classes = inspect.signature(part).parameters.get("classes")
        takes = classes is not None and classes.kind is classes.POSITIONAL_OR_KEYWORD
        told = ["forged"] * part.marks.of_forgeries
        return ("support", "query", "similarity", *(["classes"] if takes else []), *told)
    return {"datasets": ("classes", "size", "folders"), "protocols": ()}.get(kind, ("shape",))


def check_tensor(what: str, value: object, shape: Sequence[int], given: str) -> None:
    """Check that `value` is a float tensor of this shape with finite numbers only."""
    expected = f"{what}, a float tensor {dims(shape)}, given {given}"
    if not isinstance(value, Tensor):
        raise Breach(expected, type(value).__name__)
    if value.shape != tuple(shape) or not value.is_floating_point():
        raise Breach(expected, f"{str(value.dtype).removeprefix('torch.')} {dims(value.shape)}")
    if not value.isfinite().all():
        raise Breach(expected, _not_finite(value))


def gradients(value: Tensor, sources: Mapping[str, Tensor], given: str) -> dict[str, Tensor | None]:
    """The gradient of the sum of `value` for each named source, None if it has none. Raises if one is not finite."""
    if not sources:
        return {}
    if not value.requires_grad:
        raise Breach("a gradient", "none: its value depends on no input or weight")
    with inside(given):
        found = torch.autograd.grad(value.sum(), list(sources.values()), allow_unused=True)
    for name, grad in zip(sources, found, strict=True):
        if grad is not None and not grad.isfinite().all():
            raise Breach(f"a finite gradient for the {name}, given {given}", _not_finite(grad))
    return dict(zip(sources, found, strict=True))


def _not_finite(value: Tensor) -> str:
    return f"{int((~value.isfinite()).sum())} of {value.numel()} numbers that are not finite"


def weights(module: object) -> dict[str, Tensor]:
    """The trainable weights of a module, by their names in messages; none for another object."""
    named = module.named_parameters() if isinstance(module, torch.nn.Module) else ()
    return {f"weight {name}": weight for name, weight in named if weight.requires_grad}


def dims(shape: Sequence[int]) -> str:
    """A shape in words: "[2 5 3 7]"."""
    return f"[{' '.join(str(length) for length in shape)}]"


def sizes(**given: Tensor) -> str:
    """The shapes of some tensors for a message: "supports [2 5 3 7], queries [2 5 4 7]"."""
    return ", ".join(f"{name} {dims(value.shape)}" for name, value in given.items())


def near(left: Tensor, right: Tensor, tolerance: float = 1e-4) -> bool:
    """Whether all numbers are equal within the tolerance, absolute for small and relative for large ones."""
    return left.shape == right.shape and torch.allclose(left, right, atol=tolerance, rtol=tolerance)


def check_close(expected: str, found: Tensor, wanted: Tensor, tolerance: float) -> None:
    """Check that the norm of the difference is at most `tolerance` times the norm of `wanted`."""
    found, wanted = found.detach().double(), wanted.detach().double()
    error = float((found - wanted).norm() / wanted.norm().clamp(min=1e-12))
    if not error <= tolerance:  # so that nan is refused too
        raise Breach(f"{expected} within {tolerance:g} of its norm", f"{error:.3g} off")
