"""`PaperPart`: the figures of a paper in one suite beside ours, the commands that compute these, and their cost."""

from dataclasses import dataclass
from pathlib import Path

from fewshot.core.spec.names import BATCH_STATISTICS
from fewshot.core.spec.run_spec import RunSpec
from fewshot.records.record import RunRecord
from fewshot.reporting.columns import fits
from fewshot.reporting.comparisons.published import Comparison, against_published
from fewshot.reporting.papers.papers import Paper
from fewshot.reporting.summary import Method, summarise
from fewshot.suites.search.cell import Cell
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import ONLY, Suite, read_suite

NO_METHOD = ("protocol", "strokes", "size")  # keys of `like` that name no method: the row is of another than ours


@dataclass(frozen=True)
class Command:
    """A command that computes some of a suite's cells, their records, and the number of runs, searches included, that
    it takes as far as known."""

    suite: str
    only: tuple[str, ...]
    records: tuple[RunRecord, ...]
    runs: int

    def __str__(self) -> str:
        return " ".join(["fewshot run", self.suite, *(f"--only {one}" for one in self.only)])


@dataclass(frozen=True)
class PaperPart:
    """A suite with figures of a paper: each compared with ours of the same method, where it has one, and how to get it.

    `commands` has one for each comparison, None where no cell of the suite is of the method.
    """

    suite: Suite
    held: tuple[Comparison, ...]
    commands: tuple[Command | None, ...]


def parts_of(paper: Paper, results: Path) -> list[PaperPart]:
    """The figures of a paper, suite by suite; one that stands in several is shown in the first that has its method."""
    suites = [read_suite(name) for name in paper.suites]
    place: dict[tuple, tuple[bool, str]] = {}  # of a figure: whether its method is there, and the suite
    for suite in suites:
        for one in filter(paper.cites, suite.published):
            before = place.get(_figure(one))
            if before is None or (is_of_method(one) and not before[0]):
                place[_figure(one)] = is_of_method(one), suite.name
    parts = []
    for suite in suites:
        own = [one for one in filter(paper.cites, suite.published) if place[_figure(one)][1] == suite.name]
        if own:
            status = read_status(suite, results)
            methods = summarise(status.records, status.missing)
            commands = tuple(_command(one, status) if is_of_method(one) else None for one in own)
            parts.append(PaperPart(suite, tuple(_compared(one, methods) for one in own), commands))
    return parts


def is_of_method(figure: dict) -> bool:
    """Whether a published figure names the cells of ours that are of its method."""
    return bool(figure.get("like", {}).keys() - {*NO_METHOD}) and figure.get("comparable", True)


def _figure(one: dict) -> tuple:
    task = one["task"].removesuffix(f", {BATCH_STATISTICS}")
    return one["method"], task, one["accuracy"], one.get("like", {}).get("protocol")


def _compared(figure: dict, methods: list[Method]) -> Comparison:
    return against_published([figure], methods)[0] if is_of_method(figure) else Comparison(figure)


def _command(figure: dict, status: Status) -> Command | None:
    """The command for the cells that a figure is like; None where the suite has none."""
    suite, like = status.suite, figure["like"]
    if not any(fits(spec, like) for spec in suite.specs):
        return None
    only = tuple(f"{key}={value}" for key, value in like.items() if key in ONLY)
    cells = suite.only(only).cells
    ids = {spec.id for cell in cells for spec in (*cell.finals, *cell.candidates)}
    records = tuple(record for name, record in status.recorded.items() if name in ids)
    ahead = {spec.id for cell in cells for spec in _ahead(cell, status)}
    return Command(suite.name, only, records, len(records) + len(ahead))


def _ahead(cell: Cell, status: Status) -> list[RunSpec]:
    """The runs of a cell that have no record, searches included."""
    standing = cell.standing(status.recorded, status.failed)
    chosen = [standing.chosen] if standing.chosen else []
    return [spec for spec in (*standing.runs, *standing.later, *chosen) if spec.id not in status.recorded]
