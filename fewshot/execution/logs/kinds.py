"""The kinds of log, by name; a library is imported where its kind is used."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

from fewshot.core.errors import Lacking, RequestError, unknown
from fewshot.core.files import check_folder
from fewshot.core.spec.run_spec import RunSpec
from fewshot.training.meter import Row

KINDS = {"csv": "", "tensorboard": "tensorboard", "wandb": "wandb"}  # and the library that each needs


class Log(Protocol):
    """The open log of one run."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write more rows."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


Opener = Callable[[Path, RunSpec, bool], Log]  # of the folder, the run, and whether its training is resumed


def opener(kind: str) -> Opener:
    """The function that opens logs of a kind: anew, in place of those of the same run from before."""
    return _module(kind).open_log


def check_log(kind: str, results: Path) -> str:
    """Refuse a kind whose library or login is missing, and a folder that cannot be written; say where logs go."""
    if kind not in KINDS:
        raise unknown("log", kind, KINDS)
    if library := KINDS[kind]:
        try:
            import_module(library)
        except ImportError as error:
            how = f"in a clone, uv run --extra {kind} fewshot run …; with pip, pip install {library}"
            raise Lacking(
                f"--log {kind}: expected {library} to be installed, got: {error}. To get it: {how}"
            ) from error
    try:
        check_folder(place := log_folder(results, kind))
    except OSError as error:
        got = f"{error.filename}: {error.strerror}"
        raise RequestError(f"--log {kind}: expected a folder that can be written, got {got}") from error
    return _module(kind).where(place)


def log_folder(results: Path, kind: str) -> Path:
    """The folder of the logs of a kind, beside the records."""
    return results / "logs" / kind


def _module(kind: str) -> ModuleType:
    return import_module(f"fewshot.execution.logs.{kind}_log")
