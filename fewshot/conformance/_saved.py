"""A part that is saved and loaded is the same part: by safetensors, which keeps tensors and runs no code."""

from collections import OrderedDict

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from fewshot.conformance._parts import inside
from fewshot.errors import RequestError
from fewshot.sources import Entry


def reloaded(entry: Entry, module: nn.Module, other: nn.Module) -> nn.Module:
    """`other`, a newly made one, with the state of `module` after it was the bytes of a safetensors file."""
    state = module.state_dict()
    for name, value in state.items():
        if not isinstance(value, Tensor):
            came = f"{name}, which is {type(value).__name__}"
            raise RequestError(f"{entry.label}: expected a state_dict of tensors, as safetensors takes, got {came}")
    with inside(entry, "the state_dict of another"), torch.no_grad():
        tensors = {name: value.detach().clone().contiguous() for name, value in state.items()}  # no two in one memory
        loaded = OrderedDict(load(save(tensors)))
        loaded._metadata = getattr(state, "_metadata", {})  # versions, which some of torchvision's modules ask for
        other.load_state_dict(loaded)
    return other
