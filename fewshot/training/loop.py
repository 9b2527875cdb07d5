"""The training loop: from a learner, a loss and batches to trained weights and a curve."""

from collections.abc import Callable, Sequence

from fewshot.core.errors import NotFinite
from fewshot.core.recipe import Recipe
from fewshot.core.rng import seeded
from fewshot.core.types import Batch, Loss, Scalar, TrainableLearner
from fewshot.training.checkpoint import Checkpoint
from fewshot.training.distributed.processes import ALONE, World
from fewshot.training.looks import LOOK_AFTER, look_at
from fewshot.training.meter import LOOK_EVERY, Row
from fewshot.training.precision import mixed
from fewshot.training.schedule import set_rates
from fewshot.training.state import Trained, TrainingState


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
    log: Callable[[Sequence[Row]], None] = lambda rows: None,
    world: World = ALONE,
) -> Trained:
    """Train `learner` in place on `batches(step)` for `recipe.steps` steps, and load the weights that `select` keeps.

    `best_val` keeps the weights of the highest `validate()`, the earliest of equals, and `last` those of the last step.
    Training resumes from the state in `checkpoint` if state dicts hold all of the state. In a `world` of several
    processes each has its own batches, all take the same steps, and only rank 0 has a checkpoint and validates.
    `log` is given new rows, and first of all those of a training that resumes. Raises `NotFinite` when the loss is no
    longer finite.
    """
    state, objective = TrainingState(learner, loss, recipe), world.objective(learner, loss)
    checkpoint = checkpoint if checkpoint and state.resumable else Checkpoint()
    if stored := world.same(checkpoint.read()):
        state.load(stored)
        log([*state.meter.rows])
    while state.step < recipe.steps:
        batch = take_step(state, objective, batches, recipe, seed)
        if state.step in (LOOK_AFTER, recipe.steps) and (found := look_at(learner, loss, batch)):
            state.trained.looks.append({"step": state.step} | found)
        row = state.step % recipe.val_every == 0 or state.step == recipe.steps
        look = row or state.step % LOOK_EVERY == 0
        if look:
            world.average(state.total)
            if not state.is_finite():
                raise NotFinite(f"the loss is no longer finite within {LOOK_EVERY} steps before step {state.step}")
            new = state.measured(validate, row=row)
        if saved := row or (checkpoint.due() and state.is_finite()):
            if not look:  # or else it is halted already
                state.meter.halt(state.step)
            checkpoint.write(state.plain())
        if look:
            log(new)
            progress(state.step, state.trained)
        if look or saved:
            state.meter.go_on(state.step)
    learner.load_state_dict(state.best)
    return state.trained


def take_step(
    state: TrainingState,
    objective: Callable[[Batch], Scalar],
    batches: Callable[[int], Batch],
    recipe: Recipe,
    seed: int,
) -> Batch:
    """Train for one step and return its batch.

    The random numbers of layers such as dropout depend on the seed, step and rank only; on mps, whose generator is
    not seeded, on what was drawn before.
    """
    for module in state.modules:
        module.train()
    set_rates(state.optimiser, state.step, recipe)
    with mixed(state.device, recipe.precision) as forward:
        with seeded(seed, f"step {state.step}", state.device):
            batch = batches(state.step)  # whose pixels are the same in every precision
            with forward:
                value = objective(batch)
        state.descend(value)
    return batch
