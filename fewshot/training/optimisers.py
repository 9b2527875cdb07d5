"""The optimiser of a training, with the overrides of single layers."""

from collections.abc import Iterable

from torch import nn, optim

from fewshot.core.errors import unknown
from fewshot.core.recipe import LAYER, Recipe
from fewshot.core.types import Loss


def make_optimiser(learner: nn.Module, loss: Loss | None, recipe: Recipe) -> optim.Optimizer:
    """AdamW or SGD with momentum; weight decay applies to tensors of two or more axes (not biases, scales or norms).

    `recipe.layers` overrides values for the weights whose names begin with a layer's, longer names over shorter ones:
    "encoder.conv1" means `encoder.conv1.weight` and `encoder.conv1.bias`; the layer of a loss's weights is "loss".
    Raises `RequestError` for a layer without weights.
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


def _own_values(layer: str, layers: dict[str, dict[str, float]]) -> dict[str, float]:
    """The overrides of a layer, including those of the layers that contain it."""
    own: dict[str, float] = {}
    for outer in sorted(layers, key=len):
        own |= layers[outer] if f"{layer}.".startswith(f"{outer}.") else {}
    return own


def _layer(name: str, layers: Iterable[str]) -> str:
    """The longest of the layers that contain a weight; "" if none does."""
    return max((layer for layer in layers if f"{name}.".startswith(f"{layer}.")), key=len, default="")


def _check_layers(layers: Iterable[str], names: Iterable[str]) -> None:
    """Raise `RequestError` for a layer with which no weight's name begins."""
    names = list(names)
    for layer in layers:
        if not any(f"{name}.".startswith(f"{layer}.") for name in names):
            raise unknown("layer", layer, {name.rpartition(".")[0] for name in names}, "training", "layers", layer)
