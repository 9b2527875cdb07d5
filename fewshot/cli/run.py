"""`fewshot run`: the cells of a suite that have no record yet, computed, and its table.

fewshot run quickstart
fewshot run omniglot-lake --dry-run
fewshot run losses --add my_loss.py --results mine --workers 2 --log tensorboard
fewshot run quickstart --only loss=triplet --seeds 3 --stage val --set options.triplet.mining=hardest
"""

import argparse
import gc
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fewshot.cli import suite_options
from fewshot.cli.plan import plan_lines, time_line
from fewshot.core.allocator import keep_memory, uncollected
from fewshot.execution.logs.kinds import KINDS, check_log
from fewshot.records.store import sweep
from fewshot.reporting.render import render
from fewshot.reporting.tables.suite import check_table, refresh, suite_table
from fewshot.suites.request import WORKERS, SuiteRequest
from fewshot.suites.status import read_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fewshot.core.spec.run_spec import RunSpec
    from fewshot.execution.context import Context
    from fewshot.execution.preflight import Ready
    from fewshot.training.distributed.processes import World


KEPT = "; what is recorded is kept, and the same command goes on from the last checkpoint"  # of a run that is cut off


@dataclass(frozen=True)
class RunRequest:
    """A suite to run, and the folders, device and processes that its cells are computed with."""

    suite: SuiteRequest
    results: Path
    data: Path | None
    device: str
    workers: int
    ray: str | None  # a cluster's address
    gpus: float | None  # share of a GPU for each cell, with ray
    weights: bool | None  # whether networks are kept; None: of new runs
    dry_run: bool
    log: str | None = None  # the kind of log of each training


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot run`."""
    parser.set_defaults(kept=KEPT)
    suite_options.add_suite(parser)
    suite_options.add_layout(parser)
    suite_options.add_results(parser)
    suite_options.add_data(parser)
    parser.add_argument(
        "--device", default="auto", help="cpu, cuda, cuda:N or mps, untested (auto: cuda where it is, else cpu)"
    )
    shared = parser.add_mutually_exclusive_group()
    processes = "processes that share the cells (1)"
    shared.add_argument("--workers", type=suite_options.at_most(WORKERS), default=1, metavar="N", help=processes)
    shared.add_argument("--ray", metavar="ADDRESS", help="a Ray cluster: HOST:PORT, auto or local (none)")
    parser.add_argument("--gpus-per-cell", type=_share, metavar="X", help="share of a GPU, with --ray (a whole one)")
    kept = "keep networks in results/weights, also those of recorded cells, trained again (those of new cells)"
    parser.add_argument("--weights", action=argparse.BooleanOptionalAction, help=kept)
    shown = "write loss, rate, val accuracy and images a second while cells train (no log)"
    parser.add_argument("--log", choices=KINDS, help=shown)
    parser.add_argument("--dry-run", action="store_true", help="check all that a run does, print the plan, stop")


def do(options: argparse.Namespace) -> int:
    """Run the suite of the parsed options, and return the exit code."""
    suite = suite_options.suite_request(options)
    request = RunRequest(
        suite,
        results=options.results,
        data=options.data,
        device=options.device,
        workers=options.workers,
        ray=options.ray,
        gpus=options.gpus_per_cell,
        weights=options.weights,
        dry_run=options.dry_run,
        log=options.log,
    )
    return run(request)


def run(request: RunRequest) -> int:
    """Run the missing cells of a suite, print its table, and return 1 when a cell failed, else 0."""
    keep_memory()
    with uncollected():
        suite = request.suite.read()
        before = after = read_status(suite, request.results)
        check_table(before, request.results, request.suite.rows, request.suite.columns)
        status = before.again()
        gc.freeze()  # records last as long as this process, and no later look for cycles passes over them
    logs = check_log(request.log, request.results) if request.log else ""
    print(suite.title, flush=True)
    time, seconds, again, kept = "", {}, [], []
    if status.ahead or request.weights:
        from fewshot.execution.preflight import preflight
        from fewshot.execution.retrain import without_network
        from fewshot.execution.suite_run import context_of, run_ahead

        by = {"workers": request.workers, "ray": request.ray, "gpus": request.gpus}
        where = {"results": request.results, "device": request.device, "data": request.data}
        context = context_of(suite, **where, **by, starts=not request.dry_run)
        context = replace(context, weights=request.weights is not False)
        again = without_network(status, context) if request.weights else []
        if ahead := [*status.ahead, *again]:
            ready = preflight(status, context, again)
            time, seconds = _time(ready, ahead, len(again), context, request)
    keeps = request.weights is not False and any(spec.trains and spec.stage == "test" for spec in suite.specs)
    print("\n".join(plan_lines(before, status, time, request.results, again, keeps)), flush=True)
    if logs and (status.ahead or again):
        print(f"logs go to {logs}", flush=True)
    if request.dry_run:
        return 0
    if status.ahead or again:
        by |= {"plugins": request.suite.files, "seconds": seconds, "log": request.log, "in_logs": True}
        after, kept = run_ahead(ready, before, again, context, request.results, **by)
        for line, _ in kept:
            print(line, flush=True)
    if not status.ahead:
        sweep(request.results)
    with uncollected():
        table = suite_table(after, request.results, request.suite.rows, request.suite.columns)
        print(render(table, "text"), end="")
        refresh(request.results, also=suite.name if request.suite.is_plain else "")
    return 1 if after.has_failed or not all(done for _, done in kept) else 0


def _time(
    ready: "Ready", ahead: "Sequence[RunSpec]", again: int, context: "Context", request: RunRequest
) -> tuple[str, dict[str, float]]:
    """Lines with the time of training the runs ahead, the last `again` of them one after the other for their networks,
    and the memory of a process, from steps measured here; and the seconds of each training, by id."""
    from fewshot.execution.estimate import memory_lines, most_held, smallest_part, training_seconds

    status = ready.status
    threads = status.suite.threads or (1 if request.workers > 1 or request.ray else None)
    at_once, by = _at_once(request, threads, context.world)
    before, part = most_held(context.device), smallest_part(ahead, context.world.count)
    seconds, steps = training_seconds(ahead, context, threads)
    searches = sum(seconds[spec.id] for spec in ahead if spec.id in status.suite.searched)
    together = max(1, min(at_once, len(ahead) - again))
    alone = sum(seconds[spec.id] for spec in ahead[len(ahead) - again :])
    whole = (sum(seconds.values()) - alone) / together + alone
    time = time_line(whole, searches / together, steps, by)
    memory = memory_lines(context.device, ready.images, together, before, part)
    return "\n".join(filter(None, (time, memory))), seconds


def _at_once(request: RunRequest, threads: int | None, world: "World") -> tuple[int, str]:
    """Number of cells computed at a time, as far as known beforehand, and a phrase for the processes."""
    if request.ray == "local":
        number = max(1, (os.cpu_count() or 1) // threads)
        return number, f" by {number} Ray task{'s' if number > 1 else ''} at a time"
    if request.ray:
        return 1, ", which the cluster's nodes share"
    if world.count > 1:
        return 1, f" by {world.count} processes together"
    return request.workers, f" by {request.workers} workers" if request.workers > 1 else ""


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"expected a number above 0 and at most 1, got {text!r}")
    return share
