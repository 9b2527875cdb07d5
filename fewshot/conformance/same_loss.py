"""Losses that are one loss under evaluated conditions: equal in value and gradient on random tasks, in float64."""

from collections.abc import Callable
from functools import lru_cache, partial
from inspect import signature

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewshot.conformance.inputs import numbers
from fewshot.core.checks import Size
from fewshot.core.rng import seeded
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.models.losses import bind
from fewshot.registry.lookup import entries, load, make_part
from fewshot.registry.source import REQUIRED

TASK, WAY, QUERY, DIM, CLASSES = 2, 4, 3, 5, 7
SCALE = 0.5  # of every score; temperatures are its inverse
ALIKE = 1e-6  # share of the norm: scales are kept in float32
FREE = ("temperature", "scale", "learned_scale")  # options that only set the temperature
PAIRS = ("episode", "all")
Values = Tensor  # of the loss, and of its gradients for supports and queries, one after another


def values(
    part: Callable, options: dict, similarity: str, pairs: str, shot: int = 1, scale: float = SCALE
) -> Values | None:
    """Value and gradients on two random draws, at a common temperature; None for a loss that cannot be tried so."""
    own, measure = signature(part).parameters, load("similarities", similarity)
    common = {"temperature": 1 / scale, "scale": scale, "learned_scale": True}
    given = options | {key: value for key, value in common.items() if key in own}
    given |= {"pairs": pairs} if "pairs" in own else {}
    free = {"scale": scale} if "scale" in signature(measure).parameters else {}
    found = []
    try:
        for draw in range(2):
            with seeded(draw, "same loss"):
                loss, compare = bind(part, given, DIM, CLASSES).double(), measure((DIM,), **free).double()
            _lay(loss)
            sides = [numbers(TASK, WAY, n, DIM, seed=2 * draw + place).double().requires_grad_()
                     for place, n in enumerate((shot, QUERY))]  # fmt: skip
            classes = (torch.arange(WAY) + 3 * torch.arange(TASK)[:, None]) % CLASSES
            value = loss(*sides, compare, classes)
            slopes = torch.autograd.grad(value, sides, allow_unused=True)
            found += [value.detach().reshape(1), *(slope.flatten() for slope in slopes if slope is not None)]
    except Exception:  # of pairs that it cannot compare, of a measure that it lacks
        return None
    return torch.cat(found)


@torch.no_grad()
def _lay(loss: nn.Module) -> None:
    """Give every loss with a vector for each class the same vectors, whichever way it keeps them."""
    for weight in loss.parameters():
        if {CLASSES, DIM} == set(weight.shape):
            vectors = normalize(numbers(CLASSES, DIM), dim=1)
            weight.copy_(vectors if weight.shape[1] == DIM else vectors.mT)


def equal(left: Values | None, right: Values | None) -> bool:
    """True of two losses with equal values and gradients."""
    return left is not None and right is not None and left.shape == right.shape and bool(
        (left - right).norm() <= ALIKE * left.norm()
    )  # fmt: skip


def twins(part: Callable, named: Part, size: Size | None) -> list[str]:
    """A line that names the package's losses that a loss is at one shot, but for a temperature; none if it is new."""
    found = [
        f'{", ".join(same)} (pairs = "{pairs}")'
        for pairs in PAIRS
        if (same := _alike(part, named, part.marks.similarity, pairs, 1))
    ]
    return [f"at one shot and but for a temperature, the same loss as {' and '.join(found)}"] if found else []


def same_as(spec: RunSpec) -> list[str]:
    """The package's loss that a plug-in's or a library's loss is in a run, and its pairs; [] for none.

    Losses of the package need no trial: their marks name those that they are.
    """
    if not (spec.loss and spec.similarity and spec.training and (spec.loss.sha256 or ":" in spec.loss.name)):
        return []
    part, shot = load("losses", spec.loss.name), spec.training.shape.shot
    for pairs in [spec.loss.options["pairs"]] if "pairs" in spec.loss.options else PAIRS:
        if same := _alike(part, spec.loss, spec.similarity.name, pairs, shot):
            return [same[0], pairs]
    return []


def _alike(part: Callable, named: Part, similarity: str, pairs: str, shot: int) -> list[str]:
    """The package's losses that a loss is, whichever of its options is the temperature.

    An option is one if the loss is the other at a value of it and, at twice that value, at another temperature too.
    """

    def alike(options: dict, scale: float = SCALE) -> set[str]:
        own = values(part, named.options | options, similarity, pairs, shot)
        known = _known(similarity, pairs, shot, scale).items()
        return {name for name, other in known if name != named.name and equal(own, other)}

    found = alike({})
    for key in (key for key, value in named.options.items() if isinstance(value, float) and key not in FREE):
        for value in (1 / SCALE, SCALE, 1.0):
            if same := alike({key: value}):
                twice = {key: 2 * value}
                found |= same & (alike(twice, SCALE / 2) | alike(twice, 2 * SCALE))
    return sorted(found)


@lru_cache
def _known(similarity: str, pairs: str, shot: int, scale: float) -> dict[str, Values | None]:
    """Value and gradients of every loss of the package at its defaults."""
    own = {name: entry for name, entry in entries("losses").items() if not entry.sha256 and not entry.family}
    plain = {name: entry for name, entry in own.items() if REQUIRED not in entry.options.values()}
    tried = partial(values, similarity=similarity, pairs=pairs, shot=shot, scale=scale)
    return {name: tried(load("losses", name), make_part("losses", name).options) for name in plain}
