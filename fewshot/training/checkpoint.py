"""Checkpoints: the state of a training, saved, read and restored."""

import io
import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.files import write_whole


@dataclass
class Trained:
    """The curve, rows of (step, mean loss since the last, val accuracy or None), and the step whose weights stay."""

    curve: list[tuple[int, float, float | None]] = field(default_factory=list)
    kept: int = 0
    kept_val: float = -1.0


def save_state(
    file: Path,
    modules: list[nn.Module],
    optimiser: torch.optim.Optimizer,
    trained: Trained,
    step: int,
    best: dict | None,
    total: Tensor,
) -> None:
    state = {
        "modules": [module.state_dict() for module in modules],
        "optimiser": optimiser.state_dict(),
        "trained": asdict(trained),
        "step": step,
        "best": best,
        "total": total,
    }
    content = io.BytesIO()
    torch.save(state, content)
    write_whole(file, content.getvalue())


def read_state(file: Path) -> dict:
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise RequestError(f"checkpoint {file}: expected the state of a run, got a damaged file; remove it") from error


def restore(
    state: dict, modules: list[nn.Module], optimiser: torch.optim.Optimizer, trained: Trained, total: Tensor
) -> tuple[int, dict | None]:
    for module, weights in zip(modules, state["modules"], strict=True):
        module.load_state_dict(weights)
    optimiser.load_state_dict(state["optimiser"])
    trained.__dict__.update(state["trained"])
    total.copy_(state["total"])
    return state["step"], state["best"]
