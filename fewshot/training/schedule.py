"""The schedule of a training: the learning rate and the momentum of each step."""

import math

from torch import optim

from fewshot.core.recipe import Recipe


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
