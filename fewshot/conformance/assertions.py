"""Checks that all kinds share: a part's signature, its exceptions, and the numbers that it returns."""

import inspect
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from fewshot.core.errors import RequestError
from fewshot.registry.source import PartInfo

_REST = inspect.Parameter.VAR_KEYWORD
_MANY = (inspect.Parameter.VAR_POSITIONAL, _REST)
_BY_NAME = inspect.Parameter.KEYWORD_ONLY
ROUNDED = 0.1  # of the norm, in bfloat16 or of inputs rounded to it: 2⁻⁹ a number, in layer upon layer


def check_signature(entry: PartInfo, part: Callable) -> str:
    """As many positional parameters as the kind has, and options as the source says: the signature in words.

    Further options of any name are for a part that hands them on to a library, which its source shows.
    """
    expected = _positional(entry.kind, part)
    signature = inspect.signature(part)
    found = list(signature.parameters.values())
    plain = [one for one in found if one.kind not in (*_MANY, _BY_NAME)]
    options = [one.name for one in found if one.kind is _BY_NAME]
    strange = [one for one in found if one.kind in _MANY and not (one.kind is _REST and entry.open)]
    if len(plain) != len(expected) or strange:
        bare = inspect.Signature([one.replace(annotation=inspect.Parameter.empty) for one in found])
        raise RequestError(f"{entry.label}: expected ({', '.join([*expected, '*', 'options'])}), got {bare}")
    if options != list(entry.options):
        came = f"its source says {', '.join(entry.options) or 'none'}, the imported part {', '.join(options) or 'none'}"
        raise RequestError(f"{entry.label}: expected its options in its own signature; {came}")
    more = ["*", *options] if options else []
    return f"called by ({', '.join([*expected, *more, *(['**options'] if entry.open else [])])})"


def _positional(kind: str, part: Callable) -> tuple[str, ...]:
    if kind == "learners":
        compared = "similarity" in inspect.signature(part).parameters
        return ("encoder",) * part.marks.trained + ("similarity", "shot_rule") * compared
    if kind == "losses":
        return ("dim", "classes") if isinstance(part, type) else ("support", "query", "similarity")
    return {"datasets": ("classes", "size", "folders"), "protocols": ()}.get(kind, ("shape",))


class Broken(RequestError):
    """An exception in a part's own code."""


@contextmanager
def inside(entry: PartInfo, given: str) -> Iterator[None]:
    """An exception in here is `Broken`, with the deepest line of the part's own file; a `RequestError` stays one."""
    try:
        yield
    except RequestError:
        raise
    except Exception as error:
        own = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).resolve() == entry.file.resolve()
        ]
        where = f"{entry.label}, line {own[-1]}" if own else entry.label
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise Broken(f"{where}: {said} (given {given})") from error


def check_tensor(entry: PartInfo, what: str, value: object, shape: Sequence[int], given: str) -> None:
    """`value` is a float tensor of this shape, all of it finite."""
    expected = f"{entry.label}: expected {what}, a float tensor {dims(shape)}, given {given}"
    if not isinstance(value, Tensor):
        raise RequestError(f"{expected}, got {type(value).__name__}")
    if value.shape != tuple(shape) or not value.is_floating_point():
        raise RequestError(f"{expected}, got {str(value.dtype).removeprefix('torch.')} {dims(value.shape)}")
    if wrong := int((~value.isfinite()).sum()):
        raise RequestError(f"{expected}, got {wrong} of {value.numel()} numbers that are not finite")


def gradients(entry: PartInfo, value: Tensor, sources: Mapping[str, Tensor], given: str) -> dict[str, Tensor | None]:
    """The gradient of the sum of `value` to each named source, None where there is none; it must be finite."""
    if not sources:
        return {}
    if not value.requires_grad:
        raise RequestError(f"{entry.label}: expected a gradient, got none: its value depends on no input or weight")
    with inside(entry, given):
        found = torch.autograd.grad(value.sum(), list(sources.values()), allow_unused=True)
    for name, grad in zip(sources, found, strict=True):
        if grad is not None and not bool(grad.isfinite().all()):
            wrong = int((~grad.isfinite()).sum())
            came = f"{wrong} of {grad.numel()} numbers that are not finite"
            raise RequestError(f"{entry.label}: expected a finite gradient for the {name}, given {given}, got {came}")
    return dict(zip(sources, found, strict=True))


def weights(module: object) -> dict[str, Tensor]:
    """The weights that are to learn, by what a message calls them; none of what is no module."""
    named = module.named_parameters() if isinstance(module, torch.nn.Module) else ()
    return {f"weight {name}": weight for name, weight in named if weight.requires_grad}


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Normal float32 numbers, the same every time."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def pixels(*shape: int, seed: int = 0) -> Tensor:
    """Float32 numbers from 0 to 1, the same every time."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def patterns(*shape: int, seed: int = 1) -> Tensor:
    """Images `[… channel height width]` of blank and inked squares in no order: any two differ in half their places."""
    squares = (pixels(*shape[:-2], 7, 7, seed=seed) > 0.5).float()
    rows, columns = (torch.arange(length) * 7 // length for length in shape[-2:])
    return squares[..., rows, :][..., columns]


def dims(shape: Sequence[int]) -> str:
    """A shape in words: "[2 5 3 7]"."""
    return f"[{' '.join(str(length) for length in shape)}]"


def sizes(**given: Tensor) -> str:
    """The shapes of some tensors for a message: "supports [2 5 3 7], queries [2 5 4 7]"."""
    return ", ".join(f"{name} {dims(value.shape)}" for name, value in given.items())


def near(left: Tensor, right: Tensor, tolerance: float = 1e-4) -> bool:
    """Whether all numbers are equal within the tolerance, absolute for small ones and relative for large ones."""
    return left.shape == right.shape and torch.allclose(left, right, atol=tolerance, rtol=tolerance)


def check_close(entry: PartInfo, expected: str, found: Tensor, wanted: Tensor, tolerance: float) -> None:
    """The norm of the difference is at most this part of the norm of what is wanted."""
    found, wanted = found.detach().double(), wanted.detach().double()
    error = float((found - wanted).norm() / wanted.norm().clamp(min=1e-12))
    if not error <= tolerance:  # so that nan is refused too
        raise RequestError(f"{entry.label}: expected {expected} within {tolerance:g} of its norm, got {error:.3g} off")
