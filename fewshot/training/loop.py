"""The training loop: learner, loss and batches in, weights and curve out. It knows no names."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import torch
from torch import nn

from fewshot.core.errors import NotFinite
from fewshot.core.recipe import Recipe
from fewshot.core.rng import seeded
from fewshot.core.types import Batch, Loss, TrainableLearner
from fewshot.training.checkpoint import Trained, read_state, restore, save_state
from fewshot.training.distributed.processes import ALONE, World
from fewshot.training.optimisers import make_optimiser, set_rates

LOOK_EVERY = 25  # steps between two looks at the loss, each of which waits for the device


def train(
    learner: TrainableLearner,
    loss: Loss | None,
    tasks: Callable[[int], Batch],
    validate: Callable[[], float] | None,
    recipe: Recipe,
    *,
    seed: int = 0,
    checkpoint: Path | None = None,
    due: Callable[[], bool] = lambda: False,
    progress: Callable[[int, Trained], None] = lambda step, trained: None,
    ranks: World = ALONE,
) -> Trained:
    """Train `learner` in place on `tasks(step)` for `recipe.steps` steps; it ends with weights as `select` says.

    `best_val` keeps those of the highest `validate()`, the earliest of equals, and `last` those of the last step.
    With a `checkpoint` file the state is saved there at every row of the curve and whenever a step ends with `due()`;
    a run that finds one goes on from it.
    Dropout and the like draw numbers that depend on `seed`, the step and the rank only. Of several `ranks` each has
    other `tasks`, all take the same steps, and rank 0 alone has a `checkpoint` and is to `validate`.
    Raises `NotFinite` when the loss is no longer finite.
    """
    modules = [module for module in (learner, loss) if isinstance(module, nn.Module)]
    optimiser = make_optimiser(learner, loss, recipe)
    objective_of = ranks.objective(learner, loss)
    trained, step, best = Trained(), 0, None
    device = next(learner.parameters()).device
    total = torch.zeros((), device=device)  # of the losses since the last row of the curve
    if state := ranks.same(read_state(checkpoint) if checkpoint and checkpoint.exists() else None):
        step, best = restore(state, modules, optimiser, trained, total)
    while step < recipe.steps:
        for module in modules:
            module.train()
        set_rates(optimiser, step, recipe)
        precision = torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16")
        with precision, seeded(seed, f"step {step}", device):
            objective = objective_of(tasks(step))
        optimiser.zero_grad()
        objective.backward()
        optimiser.step()
        total += objective.detach()
        step += 1
        row = step % recipe.val_every == 0 or step == recipe.steps
        look = row or step % LOOK_EVERY == 0
        save = checkpoint is not None and (row or due())
        if not (look or save):
            continue
        if look:
            ranks.average(total)
        if not bool(total.isfinite()):
            if ranks.count > 1 and not look:
                continue  # all ranks are to find it at the same step
            raise NotFinite(f"the loss is no longer finite within {LOOK_EVERY} steps before step {step}")
        if row:
            since = step - (trained.curve[-1][0] if trained.curve else 0)
            val = validate() if validate else None
            trained.curve.append((step, total.item() / since, val))
            total.zero_()
            if recipe.select == "last" or val > trained.kept_val:
                trained.kept, trained.kept_val = step, -1.0 if val is None else val
                best = deepcopy(learner.state_dict())  # as a whole: some modules' states have a version
        if save:
            save_state(checkpoint, modules, optimiser, trained, step, best, total)
        progress(step, trained)
    learner.load_state_dict(best)
    return trained
