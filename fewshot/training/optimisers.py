"""The optimiser of a training, with the overrides of single layers."""

from collections.abc import Iterable
from inspect import unwrap

from torch import nn, no_grad, optim

from fewshot.core.errors import RequestError, unknown
from fewshot.core.recipe import LAYER, Recipe
from fewshot.core.types import Loss


def make_optimiser(learner: nn.Module, loss: Loss | None, recipe: Recipe) -> optim.Optimizer:
    """AdamW, or SGD with Nesterov's momentum.

    Weight decay applies to tensors of two or more axes (not biases, scales or norms).

    `recipe.layers` overrides values for the weights whose names begin with a layer's, longer names over shorter ones:
    "encoder.conv1" means `encoder.conv1.weight` and `encoder.conv1.bias`; the layer of a loss's weights is "loss",
    whose rate is `recipe.class_rate` times the network's. Raises `RequestError` for a layer without weights.
    """
    of_loss = loss.named_parameters("loss") if isinstance(loss, nn.Module) else ()
    weights = [*learner.named_parameters(), *of_loss]
    layers = _layers(recipe)
    layer_of = {name: _layer(name, layers) for name, _ in weights}
    _check_layers(recipe, layer_of)
    groups = []
    for layer in ("", *layers):
        own = _own_values(layer, layers)
        rate, decay, full = (own.get(name, getattr(recipe, name)) for name in LAYER)
        given = {"lr": rate, "full_rate": rate}
        if recipe.optimiser == "sgd":
            given |= {"momentum": full, "full_momentum": full, "nesterov": full > 0}
        here = [weight for name, weight in weights if layer_of[name] == layer]
        groups.append({"params": [weight for weight in here if weight.ndim >= 2], "weight_decay": decay, **given})
        groups.append({"params": [weight for weight in here if weight.ndim < 2], "weight_decay": 0.0, **given})
    return without_compiler(optim.SGD if recipe.optimiser == "sgd" else optim.AdamW)(groups)


def without_compiler(kind: type[optim.Optimizer]) -> type[optim.Optimizer]:
    """`kind` without wrappers that load torch's compiler, for two to five seconds, to keep these methods out of it."""
    plain = {
        name: unwrap(getattr(kind, name)) for name in ("add_param_group", "state_dict", "load_state_dict", "zero_grad")
    }
    return type(kind.__name__, (kind,), plain | {"step": no_grad()(unwrap(kind.step))})


def _layers(recipe: Recipe) -> dict[str, dict[str, float]]:
    """The overrides of a recipe, with the rate of the class vectors."""
    if recipe.class_rate == 1:
        return recipe.layers
    own = {"learning_rate": recipe.class_rate * recipe.learning_rate}
    return recipe.layers | {"loss": recipe.layers.get("loss", {}) | own}


def _own_values(layer: str, layers: dict[str, dict[str, float]]) -> dict[str, float]:
    """The overrides of a layer, including those of the layers that contain it."""
    own: dict[str, float] = {}
    for outer in sorted(layers, key=len):
        own |= layers[outer] if f"{layer}.".startswith(f"{outer}.") else {}
    return own


def _layer(name: str, layers: Iterable[str]) -> str:
    """The longest of the layers that contain a weight; "" if none does."""
    return max((layer for layer in layers if f"{name}.".startswith(f"{layer}.")), key=len, default="")


def _check_layers(recipe: Recipe, names: Iterable[str]) -> None:
    """Raise `RequestError` for a layer with which no weight's name begins, and for a rate of no class vectors."""
    names = list(names)
    if recipe.class_rate != 1 and not any(name.startswith("loss.") for name in names):
        got = f"a loss without weights and {recipe.class_rate:g}"
        raise RequestError(f"class_rate: expected a loss with class vectors, or 1, got {got}", "training", "class_rate")
    for layer in recipe.layers:
        if not any(f"{name}.".startswith(f"{layer}.") for name in names):
            raise unknown("layer", layer, {name.rpartition(".")[0] for name in names}, "training", "layers", layer)
