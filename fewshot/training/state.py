"""The state of a training: weights, optimiser, curve, and the best weights so far."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass, field

import torch
from torch import nn

from fewshot.core.recipe import Recipe
from fewshot.core.types import Loss, Scalar, TrainableLearner
from fewshot.training.meter import Meter, Row
from fewshot.training.optimisers import make_optimiser


@dataclass
class Trained:
    """The curve, rows of (step, mean loss since the last row, val accuracy or None), and the step that was kept.

    `first` is the loss of the first step, `chance` that of equal embeddings, and `looks` are those of `looks.look_at`.
    """

    curve: list[tuple[int, float, float | None]] = field(default_factory=list)
    kept: int = 0
    kept_val: float = -1.0
    first: float | None = None
    chance: float | None = None
    looks: list[dict[str, float]] = field(default_factory=list)


class TrainingState:
    """Everything that changes from one step to the next; `step` is the number of finished steps."""

    def __init__(self, learner: TrainableLearner, loss: Loss | None, recipe: Recipe) -> None:
        self.modules = [module for module in (learner, loss) if isinstance(module, nn.Module)]
        self.optimiser = make_optimiser(learner, loss, recipe)
        self.device = next(learner.parameters()).device
        self.step, self.trained, self.recipe = 0, Trained(), recipe
        self.best: dict | None = None  # the learner's weights that are kept
        self.total = torch.zeros((), device=self.device)  # of the losses since the last row of the curve
        self.meter = Meter(recipe)
        self.start: Scalar | None = None  # the first loss, until something else waits for the device

    @property
    def resumable(self) -> bool:
        """Whether state dicts hold all of the state; modules with more have `resumable = False`."""
        return all(getattr(part, "resumable", True) for module in self.modules for part in module.modules())

    def descend(self, objective: Scalar) -> None:
        """Take an optimiser step on the objective, and add its value to the total without waiting for the device."""
        self.optimiser.zero_grad()
        objective.backward()
        self.optimiser.step()
        self.total += objective.detach()
        self.step += 1
        if self.step == 1:
            self.start = objective.detach().clone()

    def is_finite(self) -> bool:
        """Whether all losses since the last row were finite; waits for the device, and reads the first loss."""
        self._read_first()
        return bool(self.total.isfinite())

    def measured(self, validate: Callable[[], float] | None, *, row: bool) -> list[Row]:
        """Add a `row` to the curve, if this step has one, and return those that a log gets: one or none."""
        self.meter.halt(self.step)
        if not row and self.step % self.meter.every:
            return []
        total, val = self.total.item(), validate() if row and validate else None
        if row:
            self.add_row(val)
        rate = self.optimiser.param_groups[0]["lr"]
        return [self.meter.add(self.step, total, 0.0 if row else total, rate, val)]

    def add_row(self, val: float | None) -> None:
        """Add a row to the curve, and keep the weights if the recipe selects them."""
        since = self.step - (self.trained.curve[-1][0] if self.trained.curve else 0)
        self.trained.curve.append((self.step, self.total.item() / since, val))
        self.total.zero_()
        if self.recipe.select == "last" or val > self.trained.kept_val:
            self.trained.kept, self.trained.kept_val = self.step, -1.0 if val is None else val
            self.best = deepcopy(self.modules[0].state_dict())  # not tensor by tensor: some state dicts have a version

    def plain(self) -> dict:
        """The state as tensors and plain values, for `load`."""
        self._read_first()
        return {
            "modules": [module.state_dict() for module in self.modules],
            "optimiser": self.optimiser.state_dict(),
            "trained": asdict(self.trained),
            "step": self.step,
            "best": self.best,
            "total": self.total,
            "meter": self.meter.plain(),
        }

    def _read_first(self) -> None:
        if self.start is not None:
            self.trained.first, self.start = float(self.start), None

    def load(self, plain: dict) -> None:
        """Restore a state that `plain` returned."""
        for module, weights in zip(self.modules, plain["modules"], strict=True):
            module.load_state_dict(weights)
        self.optimiser.load_state_dict(plain["optimiser"])
        self.trained.__dict__.update(plain["trained"])
        self.total.copy_(plain["total"])
        self.step, self.best = plain["step"], plain["best"]
        self.meter.load(plain["meter"], self.step)
