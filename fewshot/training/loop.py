"""The training loop: learner, loss and batches in, weights and curve out. It knows no names."""

from collections.abc import Callable

import torch

from fewshot.core.errors import NotFinite
from fewshot.core.recipe import Recipe
from fewshot.core.rng import seeded
from fewshot.core.types import Batch, Loss, Scalar, TrainableLearner
from fewshot.training.checkpoint import Checkpoint
from fewshot.training.distributed.processes import ALONE, World
from fewshot.training.schedule import set_rates
from fewshot.training.state import Trained, TrainingState

LOOK_EVERY = 25  # steps between two looks at the loss, each of which waits for the device


def train(
    learner: TrainableLearner,
    loss: Loss | None,
    batches: Callable[[int], Batch],
    validate: Callable[[], float] | None,
    recipe: Recipe,
    *,
    seed: int = 0,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int, Trained], None] = lambda step, trained: None,
    world: World = ALONE,
) -> Trained:
    """Train `learner` in place on `batches(step)` for `recipe.steps` steps; it ends with weights as `select` says.

    `best_val` keeps those of the highest `validate()`, the earliest of equals, and `last` those of the last step.
    A run whose `checkpoint` holds a state goes on from it, if state dicts hold all of the state. Of the processes of a
    `world` each has other batches, all take the same steps, and rank 0 alone has a checkpoint and validates.
    Raises `NotFinite` when the loss is no longer finite.
    """
    state, objective = TrainingState(learner, loss, recipe), world.objective(learner, loss)
    checkpoint = checkpoint if checkpoint and state.resumable else Checkpoint()
    if stored := world.same(checkpoint.read()):
        state.load(stored)
    while state.step < recipe.steps:
        take_step(state, objective, batches, recipe, seed)
        row = state.step % recipe.val_every == 0 or state.step == recipe.steps
        look = row or state.step % LOOK_EVERY == 0
        if look:
            world.average(state.total)
            if not state.is_finite():
                raise NotFinite(f"the loss is no longer finite within {LOOK_EVERY} steps before step {state.step}")
        if row:
            state.add_row(validate() if validate else None)
        if row or (checkpoint.due() and state.is_finite()):
            checkpoint.write(state.plain())
        if look:
            progress(state.step, state.trained)
    learner.load_state_dict(state.best)
    return state.trained


def take_step(
    state: TrainingState,
    objective: Callable[[Batch], Scalar],
    batches: Callable[[int], Batch],
    recipe: Recipe,
    seed: int,
) -> None:
    """Train for one step; dropout and the like draw numbers that depend on the seed, the step and the rank only."""
    for module in state.modules:
        module.train()
    set_rates(state.optimiser, state.step, recipe)
    precision = torch.autocast(state.device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16")
    with precision, seeded(seed, f"step {state.step}", state.device):
        value = objective(batches(state.step))
    state.descend(value)
