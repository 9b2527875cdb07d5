"""`Context`: where and how cells are computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.statistics.operating_points import Chosen
from fewshot.training.distributed.processes import ALONE, World
from fewshot.training.meter import Row

Progress = Callable[[RunSpec, str, int], None]  # a run, its present work, and its finished training steps
TakeRows = Callable[[RunSpec, Sequence[Row]], None]  # a run, and new rows of its training


def silent(spec: RunSpec, work: str, step: int) -> None:
    """Show no progress."""


def unlogged(spec: RunSpec, rows: Sequence[Row]) -> None:
    """Keep no rows."""


@dataclass(frozen=True)
class Context:
    """The results folder (None: nothing is kept), device, data folders and processes of a run, its progress, and the
    rows of its training for a log.

    With `weights` a run at stage test keeps its network in the results folder. `chosen` holds the choices of the
    run's twin, for where the twin's record is gone or on another machine.

    With several processes in `world`, this one is rank 0; the others only train with it.
    """

    results: Path | None = None
    device: str = "auto"
    folders: tuple[Path, ...] = ()
    world: World = ALONE
    progress: Progress = silent
    rows: TakeRows = unlogged
    weights: bool = True
    chosen: Chosen = field(default_factory=Chosen)
