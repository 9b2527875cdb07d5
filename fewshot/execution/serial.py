"""A suite run by this process: every cell without a record, beside any other process on the same folder."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fewshot.core.files import claim
from fewshot.core.part_code import no_exit
from fewshot.core.spec import RunSpec
from fewshot.execution.cell import run_cell
from fewshot.execution.context import Context
from fewshot.execution.preflight import Ready
from fewshot.records.facts import machine_facts
from fewshot.records.failures import Failure, failure_file, write_failure
from fewshot.records.faults import own_fault
from fewshot.records.record import RunRecord
from fewshot.records.store import find_record, lock_file, record_file, unfinished, write_record
from fewshot.registry.lookup import plugins_of
from fewshot.suites.status import Status, is_settled, read_status
from fewshot.suites.suite import Suite

LOOK_EVERY = 1.0  # seconds between two looks at what other processes have done
DEATHS = 2  # of a process at one cell, after which the cell has failed


def run_suite(ready: Ready, context: Context, since: float | None = None) -> Status:
    """Run what has no record, searches first, and write the records; processes on one folder share the work.

    A run fails alone when its numbers stop being finite, its memory runs out or a plug-in of its own raises: it is
    kept as failed. Failures before `since` (by default, now) are tried again. The state of a run in training is kept
    under `unfinished/`, so that a later call goes on from it.
    """
    machine_facts()  # before anything can change
    begin = time.time() if since is None else since
    suite, results = ready.suite, context.results
    status = read_status(suite, results, begin, ready.status.recorded)
    while todo := status.to_run:
        if not any(_taken(spec, suite, begin, context) for spec in todo):
            time.sleep(LOOK_EVERY)  # others are at work on all of it
        status = read_status(suite, results, begin, status.recorded)
    sweep(status, results)
    return status


def sweep(status: Status, results: Path) -> None:
    """Remove what killed processes left of runs that are recorded."""
    for file in [*(results / "unfinished").glob("*"), *(results / "runs").rglob(".*.draft")]:
        if file.name.lstrip(".")[:12] in status.recorded:  # its id
            file.unlink(missing_ok=True)


def _taken(spec: RunSpec, suite: Suite, begin: float, context: Context) -> bool:
    """Run a spec, unless another process is at it or has just done it; whether there is news."""
    with claimed(spec, suite, context.results, begin) as ours:
        if ours:
            keep(attempt(spec, context), suite, context.results)
    return ours is not None


@contextmanager
def claimed(spec: RunSpec, suite: Suite, results: Path, begin: float) -> Iterator[bool | None]:
    """Whether a spec is this process's to run, in this block: None while another is at it, False if it has just been.

    What failed before `begin` is to be run.
    """
    lock = lock_file(results, spec)
    with claim(lock) as mine:
        yield not is_settled(spec, suite, results, begin) if mine else None
        if mine and find_record(results, spec):
            lock.unlink(missing_ok=True)


def attempt(spec: RunSpec, context: Context) -> RunRecord | Failure:
    """Run a spec: its record or, of one that fails alone, why."""
    try:
        with no_exit([plugin.file for plugin in plugins_of(spec)]):
            record, _ = run_cell(spec, context)
    except Exception as error:
        if not (why := own_fault(error, spec)):
            raise
        return Failure(spec, why, time.time())
    return record


def keep(found: RunRecord | Failure, suite: Suite, results: Path) -> None:
    """Write what a run came to, and remove what a record makes needless."""
    if isinstance(found, Failure):
        write_failure(results, found)
        return
    file = record_file(results, suite.name, found.spec)
    write_record(found, file)
    failure_file(results, found.spec).unlink(missing_ok=True)
    unfinished(results, found.spec, found.facts).unlink(missing_ok=True)
