"""The state of a suite: recorded, failed and missing cells."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fewshot.core.spec import RunSpec
from fewshot.records.failures import diverged, read_failures
from fewshot.records.record import RunRecord, read_record
from fewshot.records.store import find_record, record_files
from fewshot.suites.search import Cell
from fewshot.suites.suite import Suite

MISSING = "missing"  # why a cell has no record, if it has not failed


@dataclass(frozen=True)
class Status:
    """A suite's recorded and failed runs, by id, of cells and of searches."""

    suite: Suite
    recorded: Mapping[str, RunRecord]
    failed: Mapping[str, str]

    @property
    def records(self) -> list[RunRecord]:
        """The records of the cells, in the suite's order."""
        chosen = [cell.chosen(self.recorded, self.failed) for cell in self.suite.cells]
        once = dict.fromkeys(spec.id for spec in chosen if spec)  # a search may choose another cell's value
        return [self.recorded[name] for name in once if name in self.recorded]

    @property
    def missing(self) -> list[tuple[RunSpec, str]]:
        """The cells without a record: the spec, as far as it is known, and why."""
        return [(spec, why) for cell in self.suite.cells for spec, why in [self._why(cell)] if why]

    @property
    def to_run(self) -> list[RunSpec]:
        """What can be run now: searches first, then cells whose search is done; nothing that is there or has failed."""
        found: dict[str, RunSpec] = {}
        for cell in self.suite.cells:
            spec = cell.chosen(self.recorded, self.failed)
            for one in [spec] if spec else cell.candidates:
                if one.id not in self.recorded and one.id not in self.failed:
                    found[one.id] = one
        return list(found.values())

    @property
    def ahead(self) -> list[RunSpec]:
        """Everything that will be run: `to_run`, and one spec of each cell whose search is not done."""
        there = {*self.recorded, *self.failed}
        waiting = [cell.finals[0] for cell in self.suite.cells if {one.id for one in cell.candidates} - there]
        return self.to_run + waiting

    @property
    def has_failed(self) -> bool:
        """Whether a cell has failed, or all that its search tried."""
        return any(why != MISSING for _, why in self.missing)

    def again(self) -> "Status":
        """The status once what has failed is tried again, save the searched values that diverged."""
        lasting = {name: why for name, why in self.failed.items() if name in self.suite.searched and diverged(why)}
        return replace(self, failed=lasting)

    def _why(self, cell: Cell) -> tuple[RunSpec, str]:
        spec = cell.chosen(self.recorded, self.failed)
        if spec is None:
            reasons = [self.failed[one.id] for one in cell.candidates if one.id in self.failed]
            lost = len(reasons) == len(cell.candidates)
            return cell.finals[0], f"failed: every value of its search, {reasons[0]}" if lost else MISSING
        if spec.id in self.recorded:
            return spec, ""
        return spec, f"failed: {self.failed[spec.id]}" if spec.id in self.failed else MISSING


def read_status(
    suite: Suite, results: Path, since: float = 0.0, known: Mapping[str, RunRecord] | None = None
) -> Status:
    """The status of a suite by a results folder, whichever suite's folder a record lies in.

    Failures before `since` do not count, but for searched values that diverged: that is what the search found.
    Records that are `known` are not read again.
    """
    ids = {spec.id for cell in suite.cells for spec in (*cell.finals, *cell.candidates)}
    files = {file.stem: file for file in record_files(results) if file.stem in ids}
    recorded = {name: (known or {}).get(name) or read_record(file) for name, file in sorted(files.items())}
    return Status(suite, recorded, read_failures(results, ids - set(recorded), since, suite.searched))


def is_settled(spec: RunSpec, suite: Suite, results: Path, since: float = 0.0) -> bool:
    """Whether a spec of a suite has been recorded or has failed, as in `read_status`, of which no other is read."""
    return bool(find_record(results, spec) or read_failures(results, {spec.id}, since, suite.searched))
