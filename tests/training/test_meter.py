"""The rows that a training leaves for a log: its numbers, whole and once, also where it was stopped."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.types import Tasks
from fewshot.models.learners.siamese import siamese
from fewshot.models.losses import bind
from fewshot.models.losses.prototypical import prototypical
from fewshot.models.similarities.squared_euclidean import squared_euclidean
from fewshot.training import meter
from fewshot.training.checkpoint import Checkpoint
from fewshot.training.loop import train
from fewshot.training.meter import ROWS, Meter
from fewshot.training.schedule import learning_rate

RECIPE = Recipe(steps=110, val_every=40, warmup=0, select="last")
STEPS = [25, 40, 50, 75, 80, 100, 110]


class Small(nn.Module):
    """An encoder for images of 1 × 2 × 2 px."""

    shape = (3,)

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, images):
        return self.layer(images.flatten(1))


def tasks(step: int) -> Tasks:
    draw = torch.Generator().manual_seed(step)
    images = torch.rand(2, 5, 3, 1, 2, 2, generator=draw)
    return Tasks(images[:, :, :1], images[:, :, 1:], torch.arange(5).expand(2, 5))


def trained(losses: list, rows: list, checkpoint: Checkpoint | None = None, stop: int = 0) -> None:
    loss = bind(prototypical, {}, 3, 5)
    torch.manual_seed(0)

    def heard(*given):
        value = loss(*given)
        losses.append(value.item())
        return value

    def drawn(step: int) -> Tasks:
        if step == stop > 0:
            raise KeyboardInterrupt
        return tasks(step)

    learner = siamese(Small(), squared_euclidean((3,)))
    train(learner, heard, drawn, lambda: 0.5, RECIPE, checkpoint=checkpoint, log=rows.append)


def test_rows_have_the_mean_loss_since_the_row_before_the_rate_and_val_where_it_was_measured():
    losses, batches = [], []
    trained(losses, batches)
    rows = [row for batch in batches for row in batch]
    assert [row.step for row in rows] == STEPS
    parts = [losses[before:step] for before, step in zip([0, *STEPS], STEPS, strict=False)]
    means = [sum(part) / len(part) for part in parts]
    assert [row.loss for row in rows] == pytest.approx(means, rel=1e-4)
    assert [row.rate for row in rows] == [learning_rate(step - 1, RECIPE, RECIPE.learning_rate) for step in STEPS]
    assert [row.val for row in rows] == [None, 0.5, None, None, 0.5, None, 0.5]
    assert all(row.images > 0 for row in rows)


def test_the_speed_is_that_of_training_steps_alone(tmp_path, monkeypatch):
    now, rows = [0.0], []
    monkeypatch.setattr(meter, "time", SimpleNamespace(perf_counter=lambda: now[0], time=lambda: now[0]))

    class Slow(Checkpoint):
        def due(self) -> bool:
            return now[0] % 7 == 0  # at steps with a row and at others

        def write(self, state: dict) -> None:
            now[0] += 70

    def drawn(step: int) -> Tasks:
        now[0] += 1
        return tasks(step)

    def validate() -> float:
        now[0] += 7000
        return 0.5

    learner, loss = siamese(Small(), squared_euclidean((3,))), bind(prototypical, {}, 3, 5)
    train(learner, loss, drawn, validate, RECIPE, checkpoint=Slow(tmp_path / "state.pt"), log=rows.extend)
    assert now[0] > 7000 * 3 + 70 * 10
    assert [row.images for row in rows] == [RECIPE.images_a_step] * len(STEPS)


def test_a_training_that_resumes_tells_all_its_rows_again_and_then_the_others_once(tmp_path):
    class Due(Checkpoint):
        def due(self) -> bool:
            return True  # at every step, also between two rows

    whole, first, second = [], [], []
    trained([], whole)
    try:
        trained([], first, Due(tmp_path / "state.pt"), stop=93)
    except KeyboardInterrupt:
        trained([], second, Checkpoint(tmp_path / "state.pt"))
    numbers = [[row[:4] for batch in batches for row in batch] for batches in (whole, second)]
    assert numbers[0] == numbers[1]
    assert [row.step for row in second[0]] == [25, 40, 50, 75, 80]


def test_a_long_training_has_a_bounded_number_of_rows():
    assert Meter(Recipe(steps=60_000, val_every=300)).every == 50
    assert 10**6 / Meter(Recipe(steps=10**6, val_every=5000)).every <= ROWS


def test_images_a_second_count_those_of_all_tasks_and_forgeries():
    assert Recipe(task=TaskShape(3, 1, 4), batch=5, forged=2).images_a_step == 5 * 3 * 7
    assert Recipe(pairs=10, batch=6).images_a_step == 12
