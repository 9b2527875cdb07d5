"""Losses and backbones that a caller of `fewshot.train` hands over as objects."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dis import get_instructions
from functools import wraps
from inspect import ismethod, unwrap
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from fewshot.core.errors import RequestError
from fewshot.core.marks import MARKS, marked
from fewshot.core.types import MEASURES
from fewshot.evaluation.model_trial import checked_embeddings
from fewshot.evaluation.user_learner import check_model
from fewshot.evaluation.user_model import fingerprint
from fewshot.models.backbones import backbone as mark_backbone
from fewshot.models.losses import loss as mark_loss
from fewshot.registry.lookup import entries, load
from fewshot.registry.objects import registered, source_digest

EXPECTED = {
    "losses": "loss: expected a name, a function (support, query, similarity) or an nn.Module class",
    "backbones": "backbone: expected a name, a module from images to vectors, or a class or function (shape) of one",
}


@contextmanager
def named_parts(loss: str | Callable, backbone: str | Callable, similarity: str | None) -> Iterator[tuple[str, str]]:
    """The names of a loss and a backbone, whose objects are in the registry in this block.

    A loss without a decorator is compared by the similarity, by default euclidean.
    """
    with ExitStack() as stack:
        marked = {
            "losses": lambda part: mark_loss(similarity=similarity or "euclidean", needs=_needs(part))(part),
            "backbones": mark_backbone,
        }
        found = [
            given if isinstance(given, str) else stack.enter_context(_named(kind, given, marked[kind]))
            for kind, given in (("losses", loss), ("backbones", backbone))
        ]
        yield found[0], found[1]


def _needs(part: Any) -> str:
    """The measure that a loss calls of its third argument, the similarity; a distance before others, which not every
    similarity has."""
    called = unwrap(part.forward if isinstance(part, nn.Module | type) and hasattr(part, "forward") else part)
    code = getattr(called, "__code__", None)
    place = 2 + (isinstance(part, type) or ismethod(called))  # after self
    if code is None or code.co_argcount <= place:
        return MEASURES[0]
    name, steps = code.co_varnames[place], [*get_instructions(code)]
    found = {
        step.argval for before, step in pairwise(steps)
        if before.argval == name or (isinstance(before.argval, tuple) and before.argval[-1:] == (name,))
    }  # fmt: skip
    return next((one for one in ("distance", "logit") if one in found), MEASURES[0])


@contextmanager
def _named(kind: str, given: object, mark: Callable) -> Iterator[str]:
    if not callable(given):
        raise RequestError(f"{EXPECTED[kind]}, got {given!r}")
    name = getattr(given, "__name__", type(given).__name__)
    marks = getattr(given, "marks", None)
    if marks is not None and not isinstance(marks, MARKS[kind]):
        raise RequestError(f"{EXPECTED[kind]}, got {name}, which is marked as another kind of part")
    if name in entries(kind) and load(kind, name) is given:
        yield name
        return
    part, digest = _part(kind, name, given)
    if marks is None:
        part = mark(part if part is not given else _copy(given))
    elif part is not given:  # a module of a marked class
        part = marked(part, marks)
    with registered(kind, name, part, part.marks, digest) as named:
        yield named


def _part(kind: str, name: str, given: Any) -> tuple[Any, str]:
    """The function or class of a part, and its SHA-256; of a module, a function that returns copies of it."""
    if not isinstance(given, nn.Module):
        return given, source_digest(given)
    if kind == "backbones":
        check_model(given)
        if not any(weight.requires_grad for weight in given.parameters()):
            raise RequestError(f"backbone {name}: expected weights to train, got none; `fewshot.evaluate` takes it")
        return _copies(name, given), fingerprint(given)
    if any(True for _ in given.parameters()):
        raise RequestError(f"{EXPECTED[kind]} (dim, classes), got an object of {name}, made with its weights")
    return _copy(given.forward), source_digest(given)


def _copies(name: str, module: nn.Module) -> Callable[[tuple[int, int, int]], nn.Module]:
    """A function from the shape of images to a copy of the module, as an encoder that states its embeddings' shape."""

    def make(shape: tuple[int, int, int]) -> Any:
        copied: Any = deepcopy(module).to("cpu", torch.float32)
        images = torch.linspace(0, 1, 2 * shape[0] * shape[1] * shape[2]).view(2, *shape)
        try:
            copied.shape = tuple(checked_embeddings(copied.eval(), images).shape[1:])
        except RequestError as error:
            raise RequestError(str(error).replace("model:", f"backbone {name}:", 1)) from error
        return copied.train()

    return make


def _copy(part: Any) -> Any:
    """A function or a class like this one, to be marked without a change to the caller's own."""
    if isinstance(part, type):
        return type(part.__name__, (part,), {"__module__": part.__module__, "__doc__": part.__doc__})

    @wraps(part)
    def copy(*given: Any, **options: Any) -> Any:
        return part(*given, **options)

    return copy
