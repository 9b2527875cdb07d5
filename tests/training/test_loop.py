"""The training loop on a toy: learning, selection, resumption and trouble."""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import nn

from fewshot.core.errors import NotFinite
from fewshot.core.recipe import Recipe
from fewshot.core.types import Tasks
from fewshot.models.learners.siamese import siamese
from fewshot.models.losses import bind
from fewshot.models.losses.prototypical import prototypical
from fewshot.models.similarities.squared_euclidean import squared_euclidean
from fewshot.training.checkpoint import Checkpoint
from fewshot.training.loop import train

RECIPE = Recipe(steps=20, val_every=5, warmup=0, learning_rate=0.01, select="last")
LOSS = bind(prototypical, {}, 4, 5)


class Small(nn.Module):
    """An encoder with a norm and a tensor of each rank, for images of 1 × 4 × 4 px."""

    shape = (4,)

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 4))

    def forward(self, images):
        return self.layers(images)


@pytest.fixture
def learner() -> siamese:
    torch.manual_seed(0)
    return siamese(Small(), squared_euclidean((4,)))


def tasks(step: int) -> Tasks:
    """Five classes that differ in how bright they are, in noise of the step's own."""
    draw = torch.Generator().manual_seed(step)
    bright = torch.linspace(0.1, 0.9, 5).view(1, 5, 1, 1, 1, 1)
    support, query = (bright + 0.1 * torch.rand(2, 5, n, 1, 4, 4, generator=draw) for n in (1, 3))
    return Tasks(support, query, torch.arange(5).expand(2, 5))


def validation(*values: float) -> Callable[[], float]:
    return iter(values).__next__


def weights(learner: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in learner.state_dict().items()}


def same(left: dict, right: dict) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def test_the_loss_goes_down(learner):
    curve = train(learner, LOSS, tasks, None, replace(RECIPE, steps=60, val_every=10)).curve
    assert [step for step, _, _ in curve] == [10, 20, 30, 40, 50, 60]
    assert curve[-1][1] < 0.6 * curve[0][1]


def test_a_row_of_the_curve_holds_the_mean_loss_since_the_row_before(learner):
    losses = []

    def heard(*given):
        losses.append(LOSS(*given))
        return losses[-1]

    trained = train(learner, heard, tasks, validation(0.1, 0.2, 0.3), replace(RECIPE, steps=12))
    curve = trained.curve
    means = [sum(part) / len(part) for part in (losses[:5], losses[5:10], losses[10:])]
    assert [step for step, _, _ in curve] == [5, 10, 12]
    assert [loss for _, loss, _ in curve] == pytest.approx([mean.item() for mean in means], rel=1e-5)
    assert [val for _, _, val in curve] == [0.1, 0.2, 0.3]
    assert trained.first == pytest.approx(losses[0].item())


def test_the_tasks_come_in_order_and_once(learner):
    asked = []
    train(learner, LOSS, lambda step: asked.append(step) or tasks(step), None, RECIPE)
    assert asked == list(range(20))


@pytest.mark.parametrize(
    ("values", "kept"), [((0.2, 0.5, 0.5, 0.4), 10), ((0.1, 0.1, 0.1, 0.2), 20), ((0.0, 0.0, 0.0, 0.0), 5)]
)
def test_best_val_keeps_the_weights_of_the_earliest_best_row(learner, values, kept):
    expected, val = {}, validation(*values)

    def validate() -> float:
        expected[5 * (len(expected) + 1)] = weights(learner)
        return val()

    trained = train(learner, LOSS, tasks, validate, replace(RECIPE, select="best_val"))
    assert (trained.kept, trained.kept_val) == (kept, max(values))
    assert same(weights(learner), expected[kept])
    assert not same(expected[5], expected[20])


def test_last_keeps_the_last_weights_at_any_val_accuracy(learner):
    other = deepcopy(learner)
    trained = train(learner, LOSS, tasks, validation(0.9, 0.1, 0.1, 0.1), RECIPE)
    assert trained.kept == 20
    assert train(other, LOSS, tasks, None, RECIPE).kept == 20
    assert same(weights(learner), weights(other))


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("stopped_at", [3, 10, 13])
def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(learner, tmp_path, optimiser, stopped_at):
    class Stopped(Exception):
        pass

    def until(step: int) -> Tasks:
        if step == stopped_at:
            raise Stopped
        return tasks(step)

    recipe, file = replace(RECIPE, optimiser=optimiser, select="best_val"), tmp_path / "folder" / "state.pt"
    first, second = deepcopy(learner), deepcopy(learner)
    undisturbed = train(learner, LOSS, tasks, validation(0.3, 0.6, 0.5, 0.4), recipe)
    rows = stopped_at // recipe.val_every
    with pytest.raises(Stopped):
        train(first, LOSS, until, validation(*(0.3, 0.6, 0.5, 0.4)[:rows]), recipe, checkpoint=Checkpoint(file))
    assert file.exists() == (rows > 0)
    resumed = train(second, LOSS, tasks, validation(*(0.3, 0.6, 0.5, 0.4)[rows:]), recipe, checkpoint=Checkpoint(file))
    assert resumed == undisturbed
    assert same(weights(second), weights(learner))


def test_a_run_goes_on_from_where_a_checkpoint_was_due(learner, tmp_path):
    asked, other, file = [], deepcopy(learner), tmp_path / "state.pt"
    undisturbed = train(learner, LOSS, tasks, None, RECIPE)

    def until_step_8(step: int) -> Tasks:
        asked.append(step)
        if step == 8 and asked.count(8) == 1:
            raise KeyboardInterrupt
        return tasks(step)

    class Due(Checkpoint):
        def due(self) -> bool:
            return asked[-1] == 6

    with pytest.raises(KeyboardInterrupt):
        train(deepcopy(other), LOSS, until_step_8, None, RECIPE, checkpoint=Due(file))
    assert train(other, LOSS, until_step_8, None, RECIPE, checkpoint=Checkpoint(file)) == undisturbed
    assert asked == [*range(9), *range(7, 20)]
    assert same(weights(other), weights(learner))


def test_a_run_that_was_finished_is_not_run_again(learner, tmp_path):
    def none(step: int) -> Tasks:
        raise AssertionError("a task was drawn")

    again = deepcopy(learner)
    trained = train(learner, LOSS, tasks, None, RECIPE, checkpoint=Checkpoint(tmp_path / "state.pt"))
    assert train(again, LOSS, none, None, RECIPE, checkpoint=Checkpoint(tmp_path / "state.pt")) == trained
    assert same(weights(again), weights(learner))


@pytest.mark.parametrize("val_every", [5, 20])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_step(learner, tmp_path, value, val_every):
    def gone(*given):
        return LOSS(*given) * (value if next(steps) == 7 else 1)

    steps, file = iter(range(20)), tmp_path / "state.pt"
    with pytest.raises(NotFinite, match=r"before step (10|20)$"):
        train(learner, gone, tasks, None, replace(RECIPE, val_every=val_every), checkpoint=Checkpoint(file))
    if file.exists():
        assert all(math.isfinite(loss) for _, loss, _ in Checkpoint(file).read()["trained"]["curve"])


def test_norms_learn_in_training_mode_even_though_val_sets_the_other(learner):
    def validate() -> float:
        learner.eval()
        return 0.5

    other = deepcopy(learner)
    train(learner, LOSS, tasks, validate, RECIPE)
    train(other, LOSS, tasks, None, RECIPE)
    assert same(weights(learner), weights(other))


def test_bfloat16_trains_float32_weights(learner):
    curve = train(learner, LOSS, tasks, None, replace(RECIPE, steps=60, val_every=10, precision="bfloat16")).curve
    assert {value.dtype for value in learner.parameters()} == {torch.float32}
    assert curve[-1][1] < 0.6 * curve[0][1]


def test_a_learner_may_bring_its_own_objective():
    class Own(nn.Linear):
        transductive = False

        def objective(self, tasks, loss):
            assert loss is None
            return self(tasks.query.flatten(3)).square().mean()

        def scores(self, tasks): ...

    curve = train(Own(16, 1), None, tasks, None, RECIPE).curve
    assert curve[-1][1] < curve[0][1]


class Versioned(Small):
    """An encoder whose state says of which version it is, as some of torchvision's do."""

    _version = 2

    def _load_from_state_dict(self, state, prefix, local, *others):
        assert local.get("version") == 2
        super()._load_from_state_dict(state, prefix, local, *others)


def test_the_version_of_a_modules_state_is_kept(tmp_path):
    torch.manual_seed(0)
    checkpoint = tmp_path / "state.pt"
    halves = [replace(RECIPE, steps=steps, val_every=5) for steps in (10, 20)]
    for recipe in halves:  # the second goes on from what the first has saved
        trained = train(
            siamese(Versioned(), squared_euclidean((4,))), LOSS, tasks, None, recipe, checkpoint=Checkpoint(checkpoint)
        )
    assert [step for step, *_ in trained.curve] == [5, 10, 15, 20]


def test_progress_hears_every_row(learner):
    heard = []
    train(learner, LOSS, tasks, None, RECIPE, progress=lambda step, trained: heard.append((step, len(trained.curve))))
    assert {(5, 1), (10, 2), (15, 3), (20, 4)} <= set(heard)
    assert [step for step, _ in heard] == sorted(step for step, _ in heard)


def test_the_pixels_of_a_step_are_not_rounded_in_bfloat16(learner):
    seen = []

    def products(step: int) -> Tasks:
        seen.append((torch.full((2, 2), 1 / 3) @ torch.full((2, 2), 1 / 3)).dtype)
        return tasks(step)

    train(learner, LOSS, products, None, replace(RECIPE, steps=1, val_every=1, precision="bfloat16"))
    assert seen == [torch.float32]
