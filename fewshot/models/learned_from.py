"""The classes that a module has learned from, kept on it, so that it is not measured on them."""

from torch import nn


def keep_learned(learner: nn.Module, classes: tuple[str, ...]) -> None:
    """Keep the classes that a learner was trained on as `learned_from`, on it and on every part that is used alone."""
    for module in learner.modules():
        module.learned_from = classes


def learned_by(model: object) -> tuple[str, ...]:
    """The classes that a model or a part of it keeps as `learned_from`; none for what was not trained here."""
    parts = model.modules() if isinstance(model, nn.Module) else [model]
    return tuple(dict.fromkeys(name for part in parts for name in getattr(part, "learned_from", ())))
