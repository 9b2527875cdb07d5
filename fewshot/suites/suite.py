"""A suite: one TOML file that names the cells of a table and the published figures to compare them with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from pathlib import Path

from fewshot.core.errors import RequestError, at, unknown
from fewshot.core.files import regular
from fewshot.core.spec.evaluation import fold_of
from fewshot.core.spec.names import FOLD
from fewshot.core.spec.run_spec import Part, RunSpec, twin_of
from fewshot.registry.names import own_names
from fewshot.registry.source import PartInfo
from fewshot.suites.additions import add_part
from fewshot.suites.cells.build import cells, no_val, place_of
from fewshot.suites.overrides import change, change_dataset, check_used, make_room
from fewshot.suites.published import figures
from fewshot.suites.schema import check_pitfalls, check_plan, read_toml
from fewshot.suites.search.cell import Cell
from fewshot.suites.source_lines import Source

ONLY = ("protocol", "learner", "backbone", "similarity", "loss", "seed", "fold")


@dataclass(frozen=True)
class Suite:
    """A table's plan: title, remarks, every cell, published figures, and the rows and columns of the table.

    `limits` say in one line what the table does not show.
    """

    name: str
    title: str
    note: str
    cells: tuple[Cell, ...]
    source: Source
    table: dict = field(repr=False)  # of the file, changed as the command line says
    limits: str = ""
    published: tuple[dict, ...] = field(default=())
    rows: tuple[str, ...] = field(default=())  # empty: everything that tells two methods apart
    columns: tuple[str, ...] = field(default=("task",))
    threads: int | None = None  # of a cell; None is torch's own number, or 1 with several workers

    @property
    def specs(self) -> tuple[RunSpec, ...]:
        """Every spec of a cell and, before its search is done, every spec that it may become."""
        return tuple(spec for cell in self.cells for spec in cell.finals)

    @cached_property
    def searched(self) -> frozenset[str]:
        """The ids of the runs on val by which cells are chosen."""
        return frozenset(spec.id for cell in self.cells for spec in cell.candidates)

    @cached_property
    def twins(self) -> frozenset[str]:
        """The ids of the runs on val by which operating points are chosen for its cells."""
        found = [twin_of(spec) for cell in self.cells if cell.twins for spec in cell.finals]
        return frozenset(twin.id for twin in found if twin)

    def refusal(self, error: RequestError, cell: Cell | None = None) -> RequestError:
        """The error with the file and the line, or the option, at fault in the suite or in one of its cells."""
        if cell:
            error.where = place_of(self.table, self.table.get("stage", "test"), cell, error.where)
        return self.source.refusal(error)

    def only(self, wanted: Sequence[str]) -> "Suite":
        """The cells that fit every `KEY=VALUE`; values of one key are alternatives.

        Raises `RequestError` where none fits, and for an option of the command line that none of them has.
        """
        fit = fitting([cell.start for cell in self.cells], wanted, f"suite {self.name}")
        found = replace(self, cells=tuple(compress(self.cells, fit)))
        changed = [keys for keys in self.source.changed if keys[0] == "options"]
        try:
            check_used(changed, [cell.start for cell in found.cells], whose="the cells that --only leaves")
        except RequestError as error:
            raise self.refusal(error) from error
        return found


def fitting(specs: Sequence[RunSpec], wanted: Sequence[str], whose: str) -> list[bool]:
    """True for each spec that fits every `KEY=VALUE` of `--only`; values of one key are alternatives.

    Raises `RequestError` for an unknown key, a value that none has, and where none fits all; `whose` they are is named.
    """
    allowed: dict[str, set[str]] = {}
    for item in wanted:
        key, equals, value = item.partition("=")
        if not equals or not value:
            raise RequestError(f"--only {item}: expected KEY=VALUE")
        if key not in ONLY:
            raise unknown("key of --only", key, ONLY)
        allowed.setdefault(key, set()).add(own_names(value, key))
    for key, values in allowed.items():
        there = {_value(spec, key) for spec in specs}
        if wrong := sorted(values - there):
            raise unknown(f"{key} of {whose}", wrong[0], there - {""})
    fit = [all(_value(spec, key) in allowed[key] for key in allowed) for spec in specs]
    if not any(fit):
        raise RequestError(f"no cell of {whose} fits {' '.join(wanted)}")
    return fit


def suite_files() -> dict[str, Path]:
    """The suites that come with the package, by name."""
    package = Path(__file__).parents[1]
    places = (package / "benchmarks", package.parent / "benchmarks")
    folder = next(filter(Path.is_dir, places), package)
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}


def read_suite(
    name: str,
    *,
    changes: Sequence[str] = (),
    stage: str | None = None,
    seeds: int | None = None,
    steps: int | None = None,
    of_dataset: Mapping[str, object] | None = None,
    added: Sequence[PartInfo] = (),
) -> Suite:
    """The suite of a name or a TOML file's path, with `KEY=VALUE` or `KEY+=VALUE` changes applied and parts `added`.

    `of_dataset` are options of its data set ("split"), which has to have them. Its stage is "test", unless the file or
    `stage` says otherwise.
    Raises `RequestError`, with the line, for anything that is unknown, of a wrong type or does not go together.
    """
    known = suite_files()
    file = Path(name) if name.endswith(".toml") else known.get(name)
    if file is None and Path(name).exists() and name:
        raise RequestError(f"suite {name}: expected a file that ends in .toml, or one of {', '.join(known)}")
    if file is None:
        raise unknown("suite", name, known)
    try:
        text = regular(file).read_text(encoding="utf-8-sig")
        table = read_toml(text)
    except RequestError as error:
        raise Source(file.name, text).refusal(error) from error
    except OSError as error:
        raise RequestError(f"suite {name}: expected a TOML file, got: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RequestError(
            f"suite {file}: expected TOML in UTF-8, got the byte {error.object[error.start]:#x}"
        ) from error
    except ValueError as error:  # no TOML
        raise RequestError(f"suite {file}: {error}") from error
    options = [(f"--set {one}", one) for one in changes]
    options += [(f"--seeds {seeds}", f"seeds={list(range(seeds))}")] if seeds is not None else []
    options += [(f"--stage {stage}", f"stage={stage}")] if stage is not None else []
    options += [(f"--steps {steps}", f"training.steps={steps}")] if steps is not None else []
    if steps is not None:
        for cell in cells if isinstance(cells := table.get("cells"), list) else ():
            if isinstance(cell, dict) and isinstance(cell.get("training"), dict):
                cell["training"].pop("steps", None)
    source = Source(file.name, text)
    for option, one in options:
        for keys in change(table, one):
            source.changed[keys] = option
            make_room(table, *keys)
    for name, value in (of_dataset or {}).items():
        option = f"--{name.replace('_', '-')}"
        source.changed[change_dataset(table, name, value, option)] = option
    try:
        return _suite(file.stem, own_names(table), source, added)
    except RequestError as error:
        raise source.refusal(error) from error


def _suite(name: str, table: dict, source: Source, added: Sequence[PartInfo]) -> Suite:
    check_plan(table)
    for part in sorted(added, key=lambda part: part.kind == "similarities"):  # these go with all the others
        option = f"--add {part.file}"
        source.changed.update(dict.fromkeys(add_part(table, part, option), option))
    check_pitfalls(name, table)
    stage, learn = table.get("stage", "test"), table.get("training", {}).get("learn", "train")
    planned = cells(table, stage)
    if stage == "val" and learn != "train" and ("training", "learn") in source.changed:
        with at("training"):
            raise no_val(learn)
    check_used(source.changed, [cell.start for cell in planned], table.get("ensembles", False))
    layout = {key: tuple(table[key]) for key in ("rows", "columns") if key in table}
    protocols = {str(cell.start.protocol): cell.start.protocol for cell in planned}
    given = {"published": figures(table.get("published", ()), protocols.values()), "threads": table.get("threads")}
    given["limits"] = table.get("limits", "")
    return Suite(name, table["title"], table.get("note", ""), tuple(planned), source, table, **given, **layout)


def _value(spec: RunSpec, key: str) -> str:
    value = fold_of(spec) if key == FOLD else None if key == "seed" and spec.members else getattr(spec, key)
    return value.name if isinstance(value, Part) else "" if value is None else str(value)
