"""`Context`: where and how cells are computed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fewshot.core.spec import RunSpec
from fewshot.records.record import RunRecord
from fewshot.training.distributed.processes import ALONE, World

Progress = Callable[[RunSpec, str, int], None]  # a run, its present work, and its finished training steps


def silent(spec: RunSpec, work: str, step: int) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Context:
    """The results folder (None: nothing is kept), device, data folders and processes of a run, and its progress.

    With `weights` a run at stage test keeps its network in the results folder. `twin` is the record of the run's twin,
    where the results folder is another machine's.

    With several processes in `world`, this one is rank 0; the others only train with it.
    """

    results: Path | None = None
    device: str = "auto"
    folders: tuple[Path, ...] = ()
    world: World = ALONE
    progress: Progress = silent
    weights: bool = True
    twin: RunRecord | None = None
