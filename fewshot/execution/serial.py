"""A suite run by this process: every cell without a record, beside any other process on the same folder."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fewshot.core.device import pick_device
from fewshot.core.files import claim, remove_drafts
from fewshot.core.spec import RunSpec
from fewshot.execution.cell import run_cell
from fewshot.execution.preflight import prepare
from fewshot.execution.run import Progress
from fewshot.records.facts import machine_facts
from fewshot.records.failures import Failure, failure_file, write_failure
from fewshot.records.faults import fails_alone, reason
from fewshot.records.record import RunRecord
from fewshot.records.store import find_record, lock_file, record_file, unfinished, write_record
from fewshot.suites.status import Status, is_settled, read_status
from fewshot.suites.suite import Suite
from fewshot.training.distributed.processes import ALONE, World

LOOK_EVERY = 1.0  # seconds between two looks at what other processes have done
DEATHS = 2  # of a process at one cell, after which the cell has failed


def run_suite(
    suite: Suite,
    results: Path,
    *,
    device: str = "auto",
    folders: Sequence[Path] = (),
    since: float | None = None,
    progress: Callable[[RunSpec], Progress] = lambda spec: lambda what, step: None,
    ranks: World = ALONE,
) -> Status:
    """Run what has no record, searches first, and write the records; processes on one folder share the work.

    A run fails alone when its numbers stop being finite, its memory runs out or a plug-in of its own raises: it is
    kept as failed. Failures before `since` (by default, now) are tried again. The state of a run in training is kept
    under `unfinished/`, so that a later call goes on from it. Of several `ranks`, rank 0 calls this.
    """
    pick_device(device)
    machine_facts()  # before anything can change
    begin = time.time() if since is None else since
    standing = read_status(suite, results, begin)
    prepare(suite, standing.ahead, folders, standing.recorded.values())
    while todo := standing.to_run:
        if not any(_taken(spec, suite, results, begin, device, folders, progress, ranks) for spec in todo):
            time.sleep(LOOK_EVERY)  # others are at work on all of it
        standing = read_status(suite, results, begin, standing.recorded)
    sweep(standing, results)
    return standing


def sweep(standing: Status, results: Path) -> None:
    """Remove what killed processes left of runs that are recorded."""
    for file in [*(results / "unfinished").glob("*"), *(results / "runs").rglob(".*.draft")]:
        if file.name.lstrip(".")[:12] in standing.recorded:  # its id
            file.unlink(missing_ok=True)


def _taken(
    spec: RunSpec,
    suite: Suite,
    results: Path,
    begin: float,
    device: str,
    folders: Sequence[Path],
    progress: Callable[[RunSpec], Progress],
    ranks: World,
) -> bool:
    """Run a spec, unless another process is at it or has just done it; whether there is news."""
    with claimed(spec, suite, results, begin) as ours:
        if ours:
            keep(attempt(spec, results, device, folders, progress(spec), ranks), suite, results)
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


def attempt(
    spec: RunSpec,
    results: Path | None,
    device: str,
    folders: Sequence[Path],
    progress: Progress,
    ranks: World = ALONE,
) -> RunRecord | Failure:
    """Run a spec: its record or, of one that fails alone, why. Its state in training is kept under `results`."""
    try:
        record, _ = run_cell(spec, results, device=device, folders=folders, progress=progress, ranks=ranks)
    except Exception as error:
        if not fails_alone(error, spec):
            raise
        return Failure(spec, reason(error, spec), time.time())
    return record


def keep(found: RunRecord | Failure, suite: Suite, results: Path) -> None:
    """Write what a run came to, and remove what a record makes needless."""
    if isinstance(found, Failure):
        write_failure(results, found)
        return
    file = record_file(results, suite.name, found.spec)
    remove_drafts(file)
    write_record(found, file)
    failure_file(results, found.spec).unlink(missing_ok=True)
    unfinished(results, found.spec, found.facts).unlink(missing_ok=True)
