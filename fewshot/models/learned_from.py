"""Training classes, kept on each trained module, so that it is not evaluated on them."""

from torch import nn


def keep_learned(learner: nn.Module, classes: tuple[str, ...]) -> None:
    """Store the training classes as `learned_from`, on the learner and on every module in it."""
    for module in learner.modules():
        module.learned_from = classes


def learned_by(model: object) -> tuple[str, ...]:
    """The training classes that a model or a module in it keeps as `learned_from`; empty if none does."""
    parts = model.modules() if isinstance(model, nn.Module) else [model]
    return tuple(dict.fromkeys(name for part in parts for name in getattr(part, "learned_from", ())))
