"""The weights that decay, the step of each optimiser, and layers with values of their own."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import nn

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe
from fewshot.training.optimisers import make_optimiser
from fewshot.training.schedule import learning_rate, set_rates

FLAT = {"schedule": "constant", "warmup": 0}


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))


def step(module: nn.Module, recipe: Recipe, times: int = 1) -> list[torch.Tensor]:
    """The weights after steps with a gradient of 1 everywhere."""
    optimiser = make_optimiser(module, None, recipe)
    for number in range(times):
        set_rates(optimiser, number, recipe)
        for weight in module.parameters():
            weight.grad = torch.ones_like(weight)
        optimiser.step()
    return [weight.detach() for weight in module.parameters()]


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_only_tensors_of_two_or_more_axes_decay(optimiser):
    torch.manual_seed(0)
    module = network()
    before = [weight.detach().clone() for weight in module.parameters()]
    recipe = Recipe(optimiser=optimiser, learning_rate=0.1, weight_decay=0.0, **FLAT)
    plain = step(deepcopy(module), recipe)
    decayed = step(deepcopy(module), replace(recipe, weight_decay=0.5))
    for old, without, with_it in zip(before, plain, decayed, strict=True):
        shrunk = 0.1 * 0.5 * old * (1 + 0.9 * (optimiser == "sgd"))  # Nesterov looks ahead by the momentum
        expected = without - shrunk if old.ndim >= 2 else without
        torch.testing.assert_close(with_it, expected)


@pytest.mark.parametrize(("optimiser", "kind"), [("adamw", torch.optim.AdamW), ("sgd", torch.optim.SGD)])
def test_it_is_torchs_own_with_its_state_and_hooks(optimiser, kind):
    torch.manual_seed(0)
    module, twin, seen = network(), network(), []
    twin.load_state_dict(module.state_dict())
    ours = make_optimiser(module, None, Recipe(optimiser=optimiser, **FLAT))
    own = [twin[0].weight, twin[3].weight], [twin[0].bias, *twin[1].parameters(), twin[3].bias]
    theirs = kind([group | {"params": own[place]} for place, group in enumerate(ours.state_dict()["param_groups"])])
    assert isinstance(ours, kind)
    for one in (ours, theirs):
        one.register_step_post_hook(lambda optimiser, *given: seen.append(optimiser))
    for _ in range(2):
        for one in (ours, theirs):
            for group in one.param_groups:
                for weight in group["params"]:
                    weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(weight.numel()))
            one.step()
        ours.load_state_dict(ours.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), twin.parameters(), strict=True))
    assert seen == [ours, theirs] * 2
    ours.zero_grad()
    assert all(weight.grad is None for weight in module.parameters())


def test_every_weight_of_every_module_is_trained():
    modules = network(), nn.Linear(3, 3)
    for layers in ({}, {"0": {"weight_decay": 0.5}, "loss": {"learning_rate": 0.5}}):
        groups = make_optimiser(*modules, Recipe(layers=layers)).param_groups
        held = [id(weight) for group in groups for weight in group["params"]]
        assert len(held) == 8
        assert set(held) == {id(weight) for module in modules for weight in module.parameters()}
    for other in (None, lambda *given: None):  # a loss without weights
        assert sum(len(group["params"]) for group in make_optimiser(modules[0], other, Recipe()).param_groups) == 6


def test_sgd_has_nesterov_momentum():
    module = nn.Linear(1, 1)
    before = module.bias.item()
    recipe = Recipe(optimiser="sgd", learning_rate=0.1, momentum=0.5, weight_decay=0.0, **FLAT)
    # Velocities 1, 1.5, 1.75; a step is the gradient and half the velocity.
    expected = before - 0.1 * (1 + 0.5 * 1) - 0.1 * (1 + 0.5 * 1.5) - 0.1 * (1 + 0.5 * 1.75)
    assert step(module, recipe, times=3)[1].item() == pytest.approx(expected)


def test_sgd_without_momentum():
    module = nn.Linear(1, 1)
    before = module.bias.item()
    recipe = Recipe(optimiser="sgd", learning_rate=0.1, momentum=0.0, weight_decay=0.0, **FLAT)
    assert step(module, recipe, times=3)[1].item() == pytest.approx(before - 0.3)


# Layers with values of their own


class tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential()
        for name in ("conv1", "conv10", "fc"):
            self.encoder.add_module(name, nn.Linear(2, 2))
        self.similarity = nn.Linear(1, 1)


def values(recipe: Recipe, number: int = 0) -> dict[str, tuple]:
    """Rate, decay and momentum of every weight at a step, by name."""
    module, loss = tiny(), nn.Linear(1, 1)
    optimiser = make_optimiser(module, loss, recipe)
    set_rates(optimiser, number, recipe)
    name = {id(weight): name for name, weight in [*module.named_parameters(), *loss.named_parameters("loss")]}
    keys = ("lr", "weight_decay", "momentum")
    return {
        name[id(weight)]: tuple(group.get(key) for key in keys)
        for group in optimiser.param_groups
        for weight in group["params"]
    }


SGD = Recipe(optimiser="sgd", learning_rate=0.1, weight_decay=0.01, momentum=0.9, **FLAT)


def test_the_longest_name_counts_and_only_at_a_dot():
    layers = {
        "encoder": {"learning_rate": 0.2, "momentum": 0.6},
        "encoder.conv1": {"learning_rate": 0.3, "weight_decay": 0.5},
        "encoder.conv1.bias": {"learning_rate": 0.4},
        "loss": {"momentum": 0.0},
    }
    assert values(replace(SGD, layers=layers)) == {
        "encoder.conv1.weight": (0.3, 0.5, 0.6),  # what it does not name is that of the layer around it …
        "encoder.conv1.bias": (0.4, 0.0, 0.6),
        "encoder.conv10.weight": (0.2, 0.01, 0.6),
        "encoder.conv10.bias": (0.2, 0.0, 0.6),
        "encoder.fc.weight": (0.2, 0.01, 0.6),
        "encoder.fc.bias": (0.2, 0.0, 0.6),
        "similarity.weight": (0.1, 0.01, 0.9),  # … or the recipe's
        "similarity.bias": (0.1, 0.0, 0.9),
        "loss.weight": (0.1, 0.01, 0.0),
        "loss.bias": (0.1, 0.0, 0.0),
    }


def test_adamw_has_layers_too():
    recipe = replace(SGD, optimiser="adamw", layers={"similarity": {"learning_rate": 0.7, "weight_decay": 0.3}})
    found = values(recipe)
    assert found["similarity.weight"] == (0.7, 0.3, None)
    assert found["similarity.bias"] == (0.7, 0.0, None)
    assert found["encoder.fc.weight"] == (0.1, 0.01, None)


def test_the_schedule_is_a_share_of_each_layers_own_rate():
    recipe = replace(SGD, schedule="cosine", warmup=10, steps=110, layers={"encoder": {"learning_rate": 0.4}})
    for number in (0, 9, 10, 60, 109):
        found = values(recipe, number)
        assert found["encoder.fc.bias"][0] == pytest.approx(4 * found["loss.bias"][0])
        assert found["loss.bias"][0] == learning_rate(number, recipe, 0.1)


def test_momentum_grows_in_a_straight_line_to_each_layers_own():
    layers = {"encoder": {"momentum": 0.7}, "encoder.fc": {"momentum": 0.1}}
    recipe = replace(SGD, momentum_ramp=100, momentum_start=0.3, layers=layers)
    for number, expected in (
        (0, (0.3, 0.3, 0.3)),
        (25, (0.45, 0.4, 0.25)),
        (100, (0.9, 0.7, 0.1)),
        (500, (0.9, 0.7, 0.1)),
    ):
        found = values(recipe, number)
        assert [found[name][2] for name in ("loss.bias", "encoder.conv1.bias", "encoder.fc.bias")] == pytest.approx(
            expected
        )


def test_a_step_with_a_ramp_has_the_momentum_of_that_step():
    module = nn.Linear(1, 1)
    before = module.bias.item()
    recipe = replace(SGD, weight_decay=0.0, momentum=0.5, momentum_ramp=2, momentum_start=0.0)
    # Momenta 0, 0.25, 0.5: velocities (of the steps that have momentum) 1, then 0.5 + 1.
    expected = before - 0.1 * 1 - 0.1 * (1 + 0.25 * 1) - 0.1 * (1 + 0.5 * 1.5)
    assert step(module, recipe, times=3)[1].item() == pytest.approx(expected)


def test_without_layers_and_ramp_the_groups_are_as_they_ever_were():
    module = network()
    groups = make_optimiser(module, None, SGD).param_groups
    assert [[weight.ndim >= 2 for weight in group["params"]] for group in groups] == [[True] * 2, [False] * 4]
    assert [group["weight_decay"] for group in groups] == [0.01, 0.0]


@pytest.mark.parametrize("layer", ["encoder.conv2", "encoder.conv", "conv1", "encoder.conv1.weights", "", "losses"])
def test_a_layer_that_has_no_weights_is_refused_with_those_that_have(layer):
    with pytest.raises(RequestError, match=f"unknown layer '{layer}': .*expected one of .*encoder.conv1, ") as refused:
        make_optimiser(tiny(), nn.Linear(1, 1), replace(SGD, layers={layer: {"momentum": 0.5}}))
    assert refused.value.where == ("training", "layers", layer)


# The rate of class vectors


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_class_vectors_learn_at_a_factor_of_the_rate(optimiser):
    recipe = replace(SGD, optimiser=optimiser, class_rate=25.0, schedule="cosine", warmup=10, steps=100)
    for number in (0, 60):
        found, network = values(recipe, number), values(replace(recipe, class_rate=1.0), number)
        for name, (rate, *rest) in network.items():
            factor = 25 if name.startswith("loss.") else 1
            assert found[name] == (pytest.approx(factor * rate), *rest)


def test_the_layer_of_the_loss_keeps_its_other_values():
    found = values(replace(SGD, class_rate=2.0, layers={"loss": {"weight_decay": 0.3}, "encoder": {"momentum": 0.1}}))
    assert found["loss.weight"] == (0.2, 0.3, 0.9)
    assert found["encoder.fc.weight"] == (0.1, 0.01, 0.1)


def test_a_rate_of_no_class_vectors_is_refused():
    with pytest.raises(RequestError, match=r"class_rate: expected a loss with class vectors, or 1, got .* and 2"):
        make_optimiser(tiny(), lambda *given: None, replace(SGD, class_rate=2.0))
    with pytest.raises(RequestError, match="class_rate: expected 1 beside a learning_rate of the layer loss"):
        replace(SGD, class_rate=2.0, layers={"loss": {"learning_rate": 0.1}})
