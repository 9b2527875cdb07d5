"""What decays, how the rate runs, and that each optimiser does its step."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import nn

from fewshot.optimisers import learning_rate, make_optimiser
from fewshot.spec import SCHEDULES, Training


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))


def step(module: nn.Module, recipe: Training, times: int = 1) -> list[torch.Tensor]:
    """The weights after steps with a gradient of 1 everywhere."""
    optimiser = make_optimiser([module], recipe)
    for _ in range(times):
        for weight in module.parameters():
            weight.grad = torch.ones_like(weight)
        optimiser.step()
    return [weight.detach() for weight in module.parameters()]


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_only_tensors_of_two_or_more_axes_decay(optimiser):
    torch.manual_seed(0)
    module = network()
    before = [weight.detach().clone() for weight in module.parameters()]
    recipe = Training(optimiser=optimiser, learning_rate=0.1, weight_decay=0.0)
    plain = step(deepcopy(module), recipe)
    decayed = step(deepcopy(module), replace(recipe, weight_decay=0.5))
    for old, without, with_it in zip(before, plain, decayed, strict=True):
        shrunk = 0.1 * 0.5 * old * (1 + 0.9 * (optimiser == "sgd"))  # Nesterov looks ahead by the momentum
        expected = without - shrunk if old.ndim >= 2 else without
        torch.testing.assert_close(with_it, expected)


def test_every_weight_of_every_module_is_trained():
    modules = [network(), nn.Linear(3, 3), nn.Identity()]
    held = [weight for group in make_optimiser(modules, Training()).param_groups for weight in group["params"]]
    assert len(held) == 8
    assert {id(weight) for weight in held} == {id(weight) for module in modules for weight in module.parameters()}


def test_sgd_has_nesterov_momentum():
    module = nn.Linear(1, 1)
    before = module.bias.item()
    recipe = Training(optimiser="sgd", learning_rate=0.1, momentum=0.5, weight_decay=0.0)
    # Velocities 1, 1.5, 1.75; a step is the gradient and half the velocity.
    expected = before - 0.1 * (1 + 0.5 * 1) - 0.1 * (1 + 0.5 * 1.5) - 0.1 * (1 + 0.5 * 1.75)
    assert step(module, recipe, times=3)[1].item() == pytest.approx(expected)


def test_sgd_without_momentum():
    module = nn.Linear(1, 1)
    before = module.bias.item()
    recipe = Training(optimiser="sgd", learning_rate=0.1, momentum=0.0, weight_decay=0.0)
    assert step(module, recipe, times=3)[1].item() == pytest.approx(before - 0.3)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rate_warms_up_in_a_straight_line(schedule):
    recipe = Training(learning_rate=0.2, steps=1000, warmup=4, schedule=schedule)
    assert [learning_rate(n, recipe) for n in range(5)] == pytest.approx([0.05, 0.1, 0.15, 0.2, 0.2])


@pytest.mark.parametrize("schedule", ["cosine", "exponential"])
@pytest.mark.parametrize("warmup", [0, 100])
def test_the_rate_falls_to_its_last_share(schedule, warmup):
    recipe = Training(learning_rate=0.2, steps=1000, warmup=warmup, schedule=schedule, final_rate=0.05)
    rates = [learning_rate(n, recipe) for n in range(warmup, 1000)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == 0.2
    assert rates[-1] == pytest.approx(0.2 * 0.05, rel=0.01)


def test_the_rate_half_way():
    def half_way(schedule: str) -> float:
        return learning_rate(
            550, Training(learning_rate=1.0, steps=1000, warmup=100, schedule=schedule, final_rate=0.04)
        )

    assert half_way("constant") == 1.0
    assert half_way("cosine") == pytest.approx((1 + 0.04) / 2, rel=0.01)
    assert half_way("exponential") == pytest.approx(0.04**0.5, rel=0.01)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("steps", "warmup"), [(1, 0), (1, 1), (1, 50), (50, 50), (51, 50)])
def test_short_runs_have_a_rate(schedule, steps, warmup):
    recipe = Training(learning_rate=0.2, steps=steps, warmup=warmup, schedule=schedule)
    assert all(0 < learning_rate(n, recipe) <= 0.2 for n in range(steps))
