"""The missing cells of a suite, computed by this process, by workers or by a cluster; `fewshot.run`."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from fewshot.core.checks import between, of_type
from fewshot.core.device import learning, pick_device, threads
from fewshot.core.errors import RequestError
from fewshot.core.notices import note
from fewshot.core.progress import Report, check_progress
from fewshot.core.spec.run_spec import RunSpec
from fewshot.data.locations import data_folders
from fewshot.execution.context import Context
from fewshot.execution.logs.kinds import check_log
from fewshot.execution.logs.logs import logged
from fewshot.execution.preflight import Ready, preflight
from fewshot.execution.ray.cluster import check_asked
from fewshot.execution.ray.driver import run_on_ray
from fewshot.execution.retrain import retrain, without_network
from fewshot.execution.serial import run_suite
from fewshot.execution.underway.leave import left
from fewshot.execution.underway.progress import cells_followed
from fewshot.execution.workers import run_workers
from fewshot.records.store import sweep
from fewshot.reporting.blocks import Table
from fewshot.reporting.tables.suite import check_table, refresh, suite_table
from fewshot.suites.request import WORKERS, Changes, request
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import Suite
from fewshot.training.distributed.processes import started


def context_of(
    suite: Suite,
    *,
    results: Path,
    device: str = "auto",
    data: Path | str | None = None,
    workers: int = 1,
    ray: str | None = None,
    gpus: float | None = None,
    starts: bool = True,
) -> Context:
    """The context of a suite's cells. Raises `RequestError` for a device or cluster that is not there.

    `ray` is a cluster's address and `gpus` a cell's share of its GPUs; the cluster is joined only if `starts`.
    """
    world = started()
    if world.count > 1 and (workers > 1 or ray):
        beside = f"--ray {ray}" if ray else f"--workers {workers}"
        raise RequestError(f"{beside} cannot be combined with torchrun, got {world.count} processes of it")
    check_asked(ray, device, gpus, suite.threads, starts=starts)
    device = world.device(device)
    if not ray:
        pick_device(device)
    return Context(results, device, tuple(data_folders(data)), world)


def compute(
    ready: Ready,
    context: Context,
    *,
    workers: int = 1,
    ray: str | None = None,
    gpus: float | None = None,
    plugins: Sequence[Path] = (),
) -> Status:
    """Compute the runs ahead, keep those that fail alone as failed, and return the suite's status."""
    if ray:
        return run_on_ray(ready, context, ray, gpus=gpus)
    if workers > 1:
        return run_workers(ready, context, workers, plugins=plugins)
    with threads(ready.suite.threads):
        return run_suite(ready, context)


def run_ahead(
    ready: Ready,
    before: Status,
    again: Sequence[RunSpec],
    context: Context,
    results: Path,
    *,
    workers: int = 1,
    ray: str | None = None,
    gpus: float | None = None,
    plugins: Sequence[Path] = (),
    seconds: Mapping[str, float] | None = None,
    log: str | None = None,
    progress: bool | Report = True,
    in_logs: bool = False,
) -> tuple[Status, list[tuple[str, bool]]]:
    """Train recorded runs `again`, then compute the runs ahead, both followed by a bar, a trace and a log.

    `seconds` are those of each training, by id. Returns the status after, which is that `before` where no run is ahead,
    and for each run trained again a line and False if it failed.
    """
    shown = {"seconds": seconds, "log": log, "progress": progress, "in_logs": in_logs}
    after, kept, suite = before, [], ready.suite
    if again:  # first, as the end of the others sweeps away checkpoints of recorded runs
        with _followed(context, results, suite, again, again=True, **shown) as each:
            kept = list(retrain(again, ready.status, each))
    if ahead := ready.status.ahead:
        with _followed(context, results, suite, ahead, **shown) as each:
            after = compute(ready, each, workers=workers, ray=ray, gpus=gpus, plugins=plugins)
    return after, kept


@contextmanager
def _followed(
    context: Context,
    results: Path,
    suite: Suite,
    ahead: Sequence[RunSpec],
    *,
    seconds: Mapping[str, float] | None,
    log: str | None,
    progress: bool | Report,
    in_logs: bool,
    again: bool = False,
) -> Iterator[Context]:
    """The context with what is to be done with the progress of runs and the rows of their trainings."""
    with (
        left(results, suite, ahead, seconds, again=again) as trace,
        cells_followed(ahead, progress, in_logs=in_logs, trace=trace) as move,
        logged(log, results) as rows,
    ):
        yield replace(context, progress=move, rows=rows)


def run(
    suite: str | Path,
    *,
    results: Path | str = "results",
    data: Path | str | None = None,
    device: str = "auto",
    workers: int = 1,
    sort: str = "",
    weights: bool | None = None,
    log: str | None = None,
    progress: bool | Report = True,
    **changes: Unpack[Changes],
) -> Table:
    """Compute the cells of a suite that have no record in a results folder, and return the suite's table.

    `suite` is a name or a TOML file. `only` selects cells ("loss=triplet"), `add` lists files with parts of your own
    that join the suite's, `plugins` files with parts that it names, and `changes` sets values ("training.batch=4");
    `stage`, `seeds`, `steps`, `rows` and `columns` are as on the command line. A failed cell stands in the table with
    its reason. `workers` are processes: with several, a script needs `if __name__ == "__main__":` around the call.
    The networks of runs at stage test are kept in the folder's `weights/`: with `weights` True those of recorded cells
    too, which are trained again, with False none. `log` is as on the command line: "csv", "tensorboard" or "wandb".
    `progress` is as in `evaluate`.

    >>> import fewshot
    >>> fewshot.run("quickstart", only="learner=pixels", stage="val", results="mine")
    Quickstart: one-shot recognition of letters in typefaces never paired before
    ...
    pixels  ... ± ...
    """
    wanted, folder = request(suite, changes), Path(results)
    of_type(str | Path, results=results)
    of_type(str | Path | None, data=data)
    of_type(str, device=device, sort=sort)
    of_type(int, workers=workers)
    of_type(bool | None, weights=weights)
    of_type(str | None, log=log)
    between(1, WORKERS, workers=workers)
    check_progress(progress)
    if (processes := os.environ.get("WORLD_SIZE") or "1") != "1":  # each would wait for the others for ever
        several = "for several, torchrun … -m fewshot run SUITE"
        raise RequestError(f"fewshot.run: expected one process, got {processes} of torchrun; {several}")
    found = wanted.read()
    after = read_status(found, folder)
    check_table(after, folder, wanted.rows, wanted.columns, sort)
    place = check_log(log, folder) if log else ""
    if (status := after.again()).ahead or weights:
        context = context_of(found, results=folder, device=device, data=data, workers=workers)
        context = replace(context, weights=weights is not False)
        again = without_network(status, context) if weights else []
        if log:
            note(f"logs go to {place}")
        by = {"workers": workers, "plugins": wanted.files}
        with learning():
            ready = preflight(status, context, again)
            after, kept = run_ahead(ready, after, again, context, folder, log=log, progress=progress, **by)
        for line, _ in kept:
            note(line)
    if not status.ahead:
        sweep(folder)
    refresh(folder, also=found.name if wanted.is_plain else "")
    return suite_table(after, folder, wanted.rows, wanted.columns, sort=sort)
