"""A suite run by this process: all cells without a record, shared with other processes on the same folder."""

import time
from collections.abc import Mapping

from fewshot.core.spec.run_spec import RunSpec
from fewshot.execution.attempt import attempt, claimed, keep
from fewshot.execution.context import Context
from fewshot.execution.preflight import Ready
from fewshot.records.facts import machine_facts
from fewshot.records.failures import attempts
from fewshot.records.store import sweep
from fewshot.suites.status import Status, ids_of, read_status
from fewshot.suites.suite import Suite

LOOK_EVERY = 1.0  # seconds between two looks at the records of other processes
DEATHS = 2  # of processes at one cell, after which the cell has failed


def run_suite(ready: Ready, context: Context, before: Mapping[str, str] | None = None) -> Status:
    """Run all specs without a record, searches first, write their records, and return the suite's status.

    Processes on one folder share the runs. A run fails alone when its numbers stop being finite, its memory runs out or
    a plug-in of its own raises: it is kept as failed. Failures of attempts from `before` (by default, all that are
    there now) are tried again, once. The training state of a run is kept under `unfinished/`, so that a later call
    resumes it.
    """
    machine_facts()  # cached now, before sources can change
    suite, results, taken = ready.suite, context.results, set()
    before = attempts(results, ids_of(suite)) if before is None else before
    status = read_status(suite, results, before, ready.status.recorded)
    while todo := [spec for spec in status.to_run if spec.id not in taken]:
        earlier = len(taken)
        for spec in todo:
            if _taken(spec, suite, before, context):
                taken.add(spec.id)
                if spec.id in suite.searched:  # it may tell which runs are next
                    break
        if len(taken) == earlier:
            time.sleep(LOOK_EVERY)  # other processes are at work on all runs
        status = read_status(suite, results, before, status.recorded)
    sweep(results)
    return status


def _taken(spec: RunSpec, suite: Suite, before: Mapping[str, str], context: Context) -> bool:
    """Run a spec that is free and not yet settled; False while another process runs it."""
    with claimed(spec, suite, context.results, before) as ours:
        if ours:
            keep(attempt(spec, context), suite, context.results)
    return ours is not None
