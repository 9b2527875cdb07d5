"""Optimisers and the learning rate's course, from the values of a spec."""

import math
from collections.abc import Iterable

from torch import nn, optim

from fewshot.spec import Training


def make_optimiser(modules: Iterable[nn.Module], recipe: Training) -> optim.Optimizer:
    """AdamW or SGD with momentum; only tensors of two or more axes decay (not biases, scales or norms)."""
    weights = [weight for module in modules for weight in module.parameters()]
    groups = [
        {"params": [weight for weight in weights if weight.ndim >= 2], "weight_decay": recipe.weight_decay},
        {"params": [weight for weight in weights if weight.ndim < 2], "weight_decay": 0.0},
    ]
    if recipe.optimiser == "sgd":
        return optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.momentum, nesterov=recipe.momentum > 0)
    return optim.AdamW(groups, lr=recipe.learning_rate)


def learning_rate(step: int, recipe: Training) -> float:
    """The rate of step 0, 1, …: a linear warm-up, then from the full rate towards `final_rate` of it after the last."""
    if step < recipe.warmup:
        return recipe.learning_rate * (step + 1) / recipe.warmup
    done = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    if recipe.schedule == "cosine":
        share = recipe.final_rate + (1 - recipe.final_rate) * (1 + math.cos(math.pi * done)) / 2
    elif recipe.schedule == "exponential":
        share = recipe.final_rate**done
    else:
        share = 1.0
    return recipe.learning_rate * share
