"""What the values of a spec may be; what is refused says what was expected and what came."""

import math

from fewshot.errors import RequestError, at, unknown

POSITIVE = 1e-9  # the least that a scale or a temperature may be
LAYER = ("learning_rate", "weight_decay", "momentum")  # what a layer may have values of its own for


def one_of(owner: object, **valid: tuple[str, ...]) -> None:
    """Each named field of `owner` is one of its valid values."""
    for name, values in valid.items():
        with at(name):
            if (value := getattr(owner, name)) not in values:
                raise unknown(name, str(value), values)


def between(least: float, most: float | None, **given: float) -> None:
    """Each given number is finite and from `least` to `most`."""
    for name, value in given.items():
        with at(name):
            if not least <= value <= (math.inf if most is None else most) or math.isinf(value):
                span = f"from {least} to {most}" if most is not None else f"of at least {least}"
                raise RequestError(f"{name}: expected a number {span}, got {value!r}")


def check_pairs(recipe: object) -> None:
    """A fixed list of pairs is half same and half different, and so is every batch from it; nothing contradicts it."""
    pairs, copies = recipe.pairs, recipe.copies
    listed = pairs * (1 + copies)
    odd_batch = pairs and (recipe.batch % 2 or recipe.batch > listed)
    for name, wrong, expected in (
        ("pairs", pairs % 2, f"an even number, half of them of one class, got {pairs}"),
        ("batch", odd_batch, f"an even number of pairs, at most the {listed} of the list, got {recipe.batch}"),
        ("copies", copies and not pairs, f"pairs to make copies of, got {copies} copies of none"),
        ("copies", copies and not recipe.affine, f"affine > 0, as copies differ by it alone, got {copies} copies"),
        *(
            (name, copies and value, f"0 with copies, which differ by affine alone, got {value}")
            for name, value in (("crop", recipe.crop), ("flip", recipe.flip), ("jitter", recipe.jitter))
        ),
        ("turn", pairs and recipe.turn == "class", "none or task, as the images of a pair can be of two classes"),
        ("within_group", pairs and recipe.within_group, f"0 with pairs, all within a group, got {recipe.within_group}"),
    ):
        with at(name):
            if wrong:
                raise RequestError(f"{name}: expected {expected}")


def check_momentum(recipe: object) -> None:
    """Only SGD has a momentum to ramp up or to give a layer, and only a ramp has a start."""
    if recipe.momentum_start != type(recipe).momentum_start and not recipe.momentum_ramp:
        with at("momentum_start"):
            raise RequestError(f"momentum_start: expected a momentum_ramp beside it, got {recipe.momentum_start} alone")
    if recipe.momentum_ramp and recipe.optimiser != "sgd":
        with at("momentum_ramp"):
            raise RequestError(f'momentum_ramp: expected optimiser = "sgd" beside it, got "{recipe.optimiser}"')
    for layer, own in recipe.layers.items():
        if "momentum" in own and recipe.optimiser != "sgd":
            with at("layers", layer, "momentum"):
                raise RequestError(f'momentum of {layer}: expected optimiser = "sgd", got "{recipe.optimiser}"')


def layer_values(layers: dict) -> dict[str, dict[str, float]]:
    """The values of their own that layers are given: `{"encoder.conv1": {"learning_rate": 0.01}}`."""
    for layer, own in layers.items():
        with at("layers", layer):
            if not isinstance(own, dict) or not own:
                raise RequestError(f"layers: expected a table of values for {layer}, got {own!r}")
            for name, value in own.items():
                with at(name):
                    if name not in LAYER:
                        raise unknown(f"option of layer {layer}", name, LAYER)
                    if isinstance(value, bool) or not isinstance(value, int | float):
                        raise RequestError(f"{name} of {layer}: expected float, got {value!r}")
                    if not 0 <= value <= (1 if name == "momentum" else math.inf) or math.isinf(value):
                        span = "from 0 to 1" if name == "momentum" else "of at least 0"
                        raise RequestError(f"{name} of {layer}: expected a number {span}, got {value!r}")
    return {layer: {name: float(value) for name, value in own.items()} for layer, own in layers.items()}
