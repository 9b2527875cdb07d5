"""The state of a suite: recorded, failed and missing cells."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from fewshot.core.spec.run_spec import RunSpec
from fewshot.records.failures import NONE, diverged, read_failures
from fewshot.records.record import RunRecord
from fewshot.records.store import find_record, read_all, record_files
from fewshot.suites.search.choice import Choice, Standing
from fewshot.suites.suite import Suite

MISSING = "missing"  # why a cell has no record, if it has not failed


@dataclass(frozen=True)
class Status:
    """A suite's recorded and failed runs, by id, of cells and of searches."""

    suite: Suite
    recorded: Mapping[str, RunRecord]
    failed: Mapping[str, str]

    @cached_property
    def standings(self) -> list[Standing]:
        """The state of each cell, in the suite's order."""
        return [cell.standing(self.recorded, self.failed) for cell in self.suite.cells]

    @property
    def records(self) -> list[RunRecord]:
        """The records of the cells, in the suite's order."""
        once = dict.fromkeys(one.chosen.id for one in self.standings if one.chosen)  # two searches may choose one spec
        return [self.recorded[name] for name in once if name in self.recorded]

    @property
    def choices(self) -> dict[str, Choice]:
        """The values that the searches have chosen, by the id of the cell's spec."""
        found = zip(self.suite.cells, self.standings, strict=True)
        chosen = [(cell, one.chosen) for cell, one in found if cell.rungs and one.chosen]
        return {spec.id: cell.choice(spec, self.recorded) for cell, spec in chosen}

    @property
    def missing(self) -> list[tuple[RunSpec, str]]:
        """The cells without a record: the spec, as far as it is known, and why."""
        found = zip(self.suite.cells, self.standings, strict=True)
        return [(one.chosen or cell.start, why) for cell, one in found if (why := self._why(one))]

    @property
    def to_run(self) -> list[RunSpec]:
        """All runs possible now, of searches, twins, and cells that wait for none; none that is recorded or failed."""
        there = {**self.recorded, **self.failed}
        able = [run for one in self.standings for run in (one.runs or ((one.chosen,) if one.chosen else ()))]
        return list({run.id: run for run in able if run.id not in there}.values())

    @property
    def ahead(self) -> list[RunSpec]:
        """Everything that will be run: `to_run`, the cells that wait for a twin, and a run for each of those that
        searches have yet to choose."""
        there = {**self.recorded, **self.failed}
        waiting = [(*one.later, *((one.chosen,) if one.chosen else ())) for one in self.standings]
        later = [run for runs in waiting for run in runs if run.id not in there]
        return list({run.id: run for run in (*self.to_run, *later)}.values())

    @property
    def has_failed(self) -> bool:
        """True if a cell has failed, or every point of its search."""
        return any(why != MISSING for _, why in self.missing)

    def again(self) -> "Status":
        """The status with failures to be tried again, except searched values that diverged."""
        lasting = {name: why for name, why in self.failed.items() if name in self.suite.searched and diverged(why)}
        return replace(self, failed=lasting) if lasting != self.failed else self

    def _why(self, one: Standing) -> str:
        """The reason why a cell has no record; "" where it has one."""
        if one.why:
            return f"failed: {one.why}"
        if one.chosen and one.chosen.id in self.failed:
            return f"failed: {self.failed[one.chosen.id]}"
        return "" if one.chosen and one.chosen.id in self.recorded else MISSING


def read_status(
    suite: Suite, results: Path, before: Mapping[str, str] = NONE, known: Mapping[str, RunRecord] | None = None
) -> Status:
    """The status of a suite by a results folder, whichever suite's folder a record lies in.

    Failures of attempts from `before`, by id, do not count, but for searched values that diverged: those are results
    of the search.
    Records that are `known` are not read again.
    """
    ids = ids_of(suite)
    files = {file.stem: file for file in record_files(results) if file.stem in ids}
    read = (known or {}) | read_all(file for name, file in files.items() if name not in (known or {}))
    recorded = {name: read[name] for name in sorted(files)}
    return Status(suite, recorded, read_failures(results, ids - set(recorded), before, suite.searched))


def ids_of(suite: Suite) -> frozenset[str]:
    """The ids of all runs of a suite: its cells, those they may become, their twins, and those of its searches."""
    return suite.searched | suite.twins | {spec.id for spec in suite.specs}


def is_settled(spec: RunSpec, suite: Suite, results: Path, before: Mapping[str, str] = NONE) -> bool:
    """True if a spec of a suite is recorded or has failed, as in `read_status`; reads no other spec's records."""
    return bool(find_record(results, spec) or read_failures(results, {spec.id}, before, suite.searched))
