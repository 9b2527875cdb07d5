"""`Meter`: the rows that a training leaves for a log while it runs."""

import time
from math import ceil
from typing import NamedTuple

from fewshot.core.recipe import Recipe

LOOK_EVERY = 25  # steps between two reads of the loss, each of which waits for the device
ROWS = 2000  # of a log, about as many at most


class Row(NamedTuple):
    """A training at one step: the mean loss since the row before, the rate of that step, the accuracy on val where it
    was measured, the images a second that training steps alone took in, and the time in seconds since 1970."""

    step: int
    loss: float
    rate: float
    val: float | None
    images: float
    time: float


class Meter:
    """The rows so far, and what the next one counts; all of it travels in checkpoints, so that no row is ever lost."""

    def __init__(self, recipe: Recipe) -> None:
        self.images = recipe.images_a_step
        self.every = LOOK_EVERY * ceil(recipe.steps / (LOOK_EVERY * ROWS))
        self.rows: list[Row] = []
        self.seconds, self.timed, self.read = 0.0, 0, 0.0  # of the steps since the last row; losses when it was made
        self.go_on(0)

    def go_on(self, step: int) -> None:
        """Time what follows: the steps after `step`."""
        self.since, self.step = time.perf_counter(), step

    def halt(self, step: int) -> None:
        """Time no more than the steps up to this one: validation and checkpoints are no training."""
        self.seconds += time.perf_counter() - self.since
        self.timed += step - self.step

    def add(self, step: int, total: float, left: float, rate: float, val: float | None) -> Row:
        """Add a row, by the `total` of the losses before and that which is `left` behind a row of the curve."""
        before = self.rows[-1].step if self.rows else 0
        speed = self.images * self.timed / self.seconds if self.seconds else 0.0
        row = Row(step, (total - self.read) / (step - before), rate, val, round(speed, 1), round(time.time(), 3))
        self.rows.append(row)
        self.seconds, self.timed, self.read = 0.0, 0, left
        return row

    def plain(self) -> dict:
        """Plain values, for `load`."""
        return {"rows": [tuple(row) for row in self.rows], "read": self.read}

    def load(self, plain: dict, step: int) -> None:
        """Go on at a step from what `plain` returned."""
        self.rows, self.read = [Row(*row) for row in plain["rows"]], plain["read"]
        self.go_on(step)
