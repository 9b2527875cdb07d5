"""Training classes, kept on each trained module and in its state, so that it is not evaluated on them."""

import json
from collections import OrderedDict
from collections.abc import Mapping

import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from fewshot.core.marks import Made

KEY = "learned_from"  # in a state dict, after the module's prefix


def keep_learned(learner: nn.Module, classes: tuple[str, ...]) -> None:
    """Store the training classes as `learned_from`, on the learner and on every module in it."""
    for module in learner.modules():
        module.learned_from = classes


def learned_by(model: object) -> tuple[str, ...]:
    """The training classes that a model or a module in it keeps as `learned_from`; empty if none does."""
    parts = model.modules() if isinstance(model, nn.Module) else [model]
    return tuple(dict.fromkeys(name for part in parts for name in getattr(part, KEY, None) or ()))


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """The state of a module without its training classes."""
    return {name: value for name, value in model.state_dict().items() if name.rpartition(".")[2] != KEY}


def remembering(made: Made) -> Made:
    """Return a part whose modules, if it is a class of them, save and load training classes with their weights.

    The `state_dict` of a trained module has one more entry, `learned_from`; that of an untrained one has not.
    """
    if not (isinstance(made, type) and issubclass(made, nn.Module)):
        return made
    save, load = made._save_to_state_dict, made._load_from_state_dict

    def saved(self: nn.Module, destination: OrderedDict, prefix: str, keep_vars: bool) -> None:
        save(self, destination, prefix, keep_vars)
        if classes := learned_by(self):
            destination[prefix + KEY] = _packed(classes)

    def loaded(self: nn.Module, state_dict: Mapping, prefix: str, *others: object) -> None:
        if (classes := state_dict.pop(prefix + KEY, None)) is not None:
            keep_learned(self, _unpacked(classes))
        load(self, state_dict, prefix, *others)

    made._save_to_state_dict, made._load_from_state_dict = saved, loaded  # pyright: ignore[reportAttributeAccessIssue]
    return made


def _packed(classes: tuple[str, ...]) -> UInt8[Tensor, " byte"]:
    """Class names as a tensor, which every format of weights can hold."""
    return torch.frombuffer(bytearray(json.dumps(classes).encode()), dtype=torch.uint8)


def _unpacked(classes: UInt8[Tensor, " byte"]) -> tuple[str, ...]:
    return tuple(json.loads(bytes(classes.tolist())))
