"""`fewshot run`: the plan, the work with its progress, the table."""

import argparse
import math
from collections.abc import Callable, Iterable, Sequence

from fewshot.cli.plan import plan_lines
from fewshot.cli.progress import progress_bar
from fewshot.cli.suite_options import asked_suite, is_changed, plug_ins
from fewshot.core.allocator import keep_memory
from fewshot.core.errors import RequestError
from fewshot.core.spec import RunSpec
from fewshot.records.record import RunRecord
from fewshot.records.store import check_writable
from fewshot.reporting.render import render
from fewshot.reporting.suite_table import refresh, suite_table
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import Suite


def run(options: argparse.Namespace) -> int:
    """Run what a suite lacks and print its table; 1 when a cell failed."""
    keep_memory()
    suite = asked_suite(options)
    standing = read_status(suite, options.results)
    again = read_status(suite, options.results, since=math.inf)  # what failed is tried again
    print(suite.title, flush=True)
    if again.ahead:
        _check(suite, again.ahead, again.recorded.values(), options)
    print("\n".join(plan_lines(suite, standing, again, options)), flush=True)
    if options.dry_run:
        return 0
    if again.ahead:
        standing = _work(suite, again, options)
    table = suite_table(standing, options.results, options.rows, options.columns)
    print(render(table, "text"), end="")
    refresh(options.results, also="" if is_changed(options) else suite.name)
    return 1 if any(why.startswith("failed") for _, why in standing.missing) else 0


def _check(suite: Suite, ahead: Sequence[RunSpec], recorded: Iterable[RunRecord], options: argparse.Namespace) -> None:
    """Refuse now what would fail later: parts, the table's layout, the folder and, unless nothing is run, images."""
    from fewshot.core.device import pick_device
    from fewshot.data.locations import data_folders
    from fewshot.execution.preflight import check_suite, prepare
    from fewshot.execution.ray.cluster import check_asked
    from fewshot.training.distributed.processes import started

    ranks = started()
    _check_ranks(suite, ahead, options)
    check_asked(options.ray, options.device, options.gpus_per_cell, suite.threads, starts=not options.dry_run)
    if not options.ray:
        pick_device(ranks.device(options.device))
    empty = Status(suite, {}, {})
    suite_table(empty, options.results, options.rows, options.columns)
    if options.dry_run:
        check_suite(suite)
        return
    check_writable(options.results)
    prepare(suite, ahead, data_folders(options.data), recorded)


def _check_ranks(suite: Suite, ahead: Sequence[RunSpec], options: argparse.Namespace) -> None:
    """Refuse what processes that share each cell cannot do: share the cells too, or divide a step unevenly."""
    from fewshot.training.distributed.processes import check_divided, started

    count = started().count
    if count > 1 and (options.workers > 1 or options.ray):
        beside = f"--ray {options.ray}" if options.ray else f"--workers {options.workers}"
        got = f"{beside} beside the {count} processes of torchrun"
        raise RequestError(f"expected either processes that share the cells or such that share each cell, got {got}")
    for spec in ahead:
        try:
            check_divided(spec, count)
        except RequestError as error:
            raise suite.refusal(error) from error


def _work(suite: Suite, standing: Status, options: argparse.Namespace) -> Status:
    from fewshot.core.device import threads
    from fewshot.data.locations import data_folders
    from fewshot.execution.ray.driver import run_on_ray
    from fewshot.execution.serial import run_suite
    from fewshot.execution.workers import run_workers
    from fewshot.training.distributed.processes import started

    ranks = started()
    given = {"device": ranks.device(options.device), "folders": data_folders(options.data)}
    with progress_bar(standing.ahead) as hear:
        if options.ray:
            given["gpus"] = options.gpus_per_cell
            return run_on_ray(suite, options.results, options.ray, **given, progress=hear)
        if options.workers > 1:
            return run_workers(
                suite, options.results, options.workers, **given, plugins=plug_ins(options), progress=hear
            )

        def progress(spec: RunSpec) -> Callable[[str, int], None]:
            return lambda what, step: hear(spec, what, step)

        with threads(suite.threads):
            return run_suite(suite, options.results, **given, progress=progress, ranks=ranks)
