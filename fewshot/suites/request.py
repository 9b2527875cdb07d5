"""`SuiteRequest`: a suite with the changes, the cells and the parts that a user wants."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from fewshot.core.checks import check_number, check_type, of_type
from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec.names import STAGES
from fewshot.registry.lookup import add_plugin
from fewshot.suites.suite import Suite, read_suite

ADDED = ("learner", "backbone", "similarity", "loss")  # the kinds of part that --add takes
SEEDS = 1000  # of one suite, at most
WORKERS = 256  # processes on one machine, at most


@dataclass(frozen=True)
class SuiteRequest:
    """A suite by name or file, with its changes, the cells that are wanted, and the plug-ins that it needs."""

    name: str
    plugins: tuple[Path, ...] = ()
    add: tuple[Path, ...] = ()
    changes: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    stage: str | None = None
    seeds: int | None = None
    steps: int | None = None
    of_dataset: dict[str, object] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def read(self) -> Suite:
        """The suite, changed and narrowed, its plug-ins known and those to add in its grid."""
        self.load_plugins()
        more = {"stage": self.stage, "seeds": self.seeds, "steps": self.steps, "of_dataset": self.of_dataset}
        added = [add_plugin(file) for file in self.add]
        suite = read_suite(self.name, changes=self.changes, **more, added=added).only(self.only)
        used = {part.name for spec in suite.specs for kind in ADDED if (part := getattr(spec, kind))}
        lost = [entry.file for entry in added if entry.name not in used]
        if self.only and lost:
            raise RequestError(
                f"--only {' '.join(self.only)}: expected a cell with what --add {lost[0]} adds, got none"
            )
        return suite

    def load_plugins(self) -> None:
        """Make the plug-ins known that the suite names."""
        for file in self.plugins:
            add_plugin(file)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of all plug-ins."""
        return *self.plugins, *self.add

    @property
    def is_plain(self) -> bool:
        """Whether it is a suite of the package as it stands."""
        return not self.name.endswith(".toml") and self == SuiteRequest(self.name)


class Changes(TypedDict, total=False):
    """The changes to a suite that a caller from Python may name; one value stands for a list of one."""

    only: str | Sequence[str]
    add: str | Path | Sequence[str | Path]
    plugins: str | Path | Sequence[str | Path]
    changes: str | Sequence[str]
    stage: str | None
    seeds: int | None
    steps: int | None
    rows: str | Sequence[str]
    columns: str | Sequence[str]


def request(suite: str | Path, changes: Changes) -> SuiteRequest:
    """The request of a caller from Python. Raises `RequestError` for an unknown change and one of a wrong type."""
    of_type(str | Path, suite=suite)
    if wrong := sorted(changes.keys() - Changes.__annotations__.keys()):
        raise unknown("argument", wrong[0], Changes.__annotations__)
    seeds, steps, stage = changes.get("seeds"), changes.get("steps"), changes.get("stage")
    for name, number, most in (("seeds", seeds, SEEDS), ("steps", steps, None)):
        check_type(name, number, int | None)
        check_number(name, 1 if number is None else number, 1, most)
    if stage not in (None, *STAGES):
        raise unknown("stage", str(stage), STAGES)
    return SuiteRequest(
        str(suite),
        plugins=_listed("plugins", changes.get("plugins", ()), Path),
        add=_listed("add", changes.get("add", ()), Path),
        changes=_listed("changes", changes.get("changes", ())),
        only=_listed("only", changes.get("only", ())),
        stage=stage,
        seeds=seeds,
        steps=steps,
        rows=_listed("rows", changes.get("rows", ())),
        columns=_listed("columns", changes.get("columns", ())),
    )


def _listed(name: str, given: object, kind: type = str) -> tuple[Any, ...]:
    """One value or several, as a tuple of texts or of paths."""
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    for one in several:
        if kind is Path and callable(one):
            part = getattr(one, "__name__", type(one).__name__)
            how = f'write it under its decorator into {part}.py, and give {name}="{part}.py"'
            raise RequestError(f"{name}: expected a file, of which a run records the content, got {part}: {how}")
        check_type(name, one, str if kind is str else str | Path)
    return tuple(map(kind, several))
