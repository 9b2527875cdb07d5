"""Optimisers, and the course of rates and momenta, from the values of a spec."""

import math
from collections.abc import Iterable

from torch import nn, optim

from fewshot.core.errors import unknown
from fewshot.core.recipe import LAYER, Recipe
from fewshot.core.types import Loss


def make_optimiser(learner: nn.Module, loss: Loss | None, recipe: Recipe) -> optim.Optimizer:
    """AdamW or SGD with momentum; only tensors of two or more axes decay (not biases, scales or norms).

    `recipe.layers` has other values for the weights whose names begin with one of its own, a longer one's over a
    shorter one's: "encoder.conv1" means `encoder.conv1.weight` and `encoder.conv1.bias`; a loss's weights are "loss".
    Raises `RequestError` for a layer that has no weights.
    """
    of_loss = loss.named_parameters("loss") if isinstance(loss, nn.Module) else ()
    weights = [*learner.named_parameters(), *of_loss]
    layer_of = {name: _layer(name, recipe.layers) for name, _ in weights}
    _check_layers(recipe.layers, layer_of)
    groups = []
    for layer in ("", *recipe.layers):
        own = _own_values(layer, recipe.layers)
        rate, decay, full = (own.get(name, getattr(recipe, name)) for name in LAYER)
        given = {"lr": rate, "full_rate": rate}
        if recipe.optimiser == "sgd":
            given |= {"momentum": full, "full_momentum": full, "nesterov": full > 0}
        here = [weight for name, weight in weights if layer_of[name] == layer]
        groups.append({"params": [weight for weight in here if weight.ndim >= 2], "weight_decay": decay, **given})
        groups.append({"params": [weight for weight in here if weight.ndim < 2], "weight_decay": 0.0, **given})
    return (optim.SGD if recipe.optimiser == "sgd" else optim.AdamW)(groups)


def set_rates(optimiser: optim.Optimizer, step: int, recipe: Recipe) -> None:
    """Give every group of weights its rate and, with SGD, its momentum for step 0, 1, …."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(step, recipe, group["full_rate"])
        if "full_momentum" in group:
            group["momentum"] = momentum(step, recipe, group["full_momentum"])


def learning_rate(step: int, recipe: Recipe, full: float) -> float:
    """A linear warm-up, then from the `full` rate towards `final_rate` of it after the last step.

    Koch's 0.99 of the rate with every epoch is schedule "exponential" with a `final_rate` of 0.99 ** epochs.
    """
    if step < recipe.warmup:
        return full * (step + 1) / recipe.warmup
    done = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    if recipe.schedule == "cosine":
        share = recipe.final_rate + (1 - recipe.final_rate) * (1 + math.cos(math.pi * done)) / 2
    elif recipe.schedule == "exponential":
        share = recipe.final_rate**done
    else:
        share = 1.0
    return full * share


def momentum(step: int, recipe: Recipe, full: float) -> float:
    """In a straight line from `momentum_start` to the `full` one, which step `momentum_ramp` is the first to have."""
    if step >= recipe.momentum_ramp:
        return full
    return recipe.momentum_start + (full - recipe.momentum_start) * step / recipe.momentum_ramp


def _own_values(layer: str, layers: dict[str, dict[str, float]]) -> dict[str, float]:
    """The values of a layer, over those of the layers that it is in."""
    own: dict[str, float] = {}
    for outer in sorted(layers, key=len):
        own |= layers[outer] if f"{layer}.".startswith(f"{outer}.") else {}
    return own


def _layer(name: str, layers: Iterable[str]) -> str:
    """The longest of the layers that a weight is of; "" when it is of none."""
    return max((layer for layer in layers if f"{name}.".startswith(f"{layer}.")), key=len, default="")


def _check_layers(layers: Iterable[str], names: Iterable[str]) -> None:
    """Refuse a layer that begins no weight's name, with those that hold weights."""
    names = list(names)
    for layer in layers:
        if not any(f"{name}.".startswith(f"{layer}.") for name in names):
            raise unknown("layer", layer, {name.rpartition(".")[0] for name in names}, "training", "layers", layer)
