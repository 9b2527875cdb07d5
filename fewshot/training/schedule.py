"""The schedule of a training: the learning rate and the momentum of each step."""

import math

from torch import optim

from fewshot.core.recipe import Recipe


def set_rates(optimiser: optim.Optimizer, step: int, recipe: Recipe) -> None:
    """Set the learning rate of every group of weights and, with SGD, its momentum for step 0, 1, …."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(step, recipe, group["full_rate"])
        if "full_momentum" in group:
            group["momentum"] = momentum(step, recipe, group["full_momentum"])


def learning_rate(step: int, recipe: Recipe, full: float) -> float:
    """The rate of a step: a linear warm-up to `full`, then the schedule, towards `final_rate` of it at the end.

    Koch's factor of 0.99 an epoch is the schedule "exponential" with a `final_rate` of 0.99 ** epochs.
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
    """The momentum of a step: linear from `momentum_start` to `full`, which it reaches at step `momentum_ramp`."""
    if step >= recipe.momentum_ramp:
        return full
    return recipe.momentum_start + (full - recipe.momentum_start) * step / recipe.momentum_ramp
