"""`Context`: where and how cells are computed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fewshot.core.spec import RunSpec
from fewshot.training.distributed.processes import ALONE, World

Progress = Callable[[RunSpec, str, int], None]  # a run, the work it is at, and the training steps it has done


def silent(spec: RunSpec, work: str, step: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Context:
    """The results folder (None: nothing is kept), device, data folders and processes of a run, and its progress.

    Of several processes in `world`, this is rank 0: the others train with it, and do nothing else.
    """

    results: Path | None = None
    device: str = "auto"
    folders: tuple[Path, ...] = ()
    world: World = ALONE
    progress: Progress = silent
