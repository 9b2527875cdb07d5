"""`fewshot run`: the plan, the work with its progress, the table."""

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from fewshot.commands import asked_suite, is_changed, label, plug_ins
from fewshot.commands.table import refresh, suite_table
from fewshot.errors import RequestError
from fewshot.memory import keep_memory
from fewshot.protocols import load_protocol, small_groups
from fewshot.record import RunRecord, check_writable
from fewshot.render import render
from fewshot.spec import RunSpec
from fewshot.standing import Standing, read_standing
from fewshot.suites import Suite


def run(options: argparse.Namespace) -> int:
    """Run what a suite lacks and print its table; 1 when a cell failed."""
    keep_memory()
    suite = asked_suite(options)
    standing = read_standing(suite, options.results)
    again = read_standing(suite, options.results, since=math.inf)  # what failed is tried again
    print(suite.title, flush=True)
    if again.ahead:
        _check(suite, again.ahead, again.recorded.values(), options)
    print("\n".join(_plan(suite, standing, again, options)), flush=True)
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
    from fewshot.cluster import check_asked
    from fewshot.datasets import data_folders
    from fewshot.device import pick_device
    from fewshot.prepare import check_suite, prepare
    from fewshot.ranks import started

    ranks = started()
    _check_ranks(suite, ahead, options)
    check_asked(options.ray, options.device, options.gpus_per_cell, suite.threads, starts=not options.dry_run)
    if not options.ray:
        pick_device(ranks.device(options.device))
    empty = Standing(suite, {}, {})
    suite_table(empty, options.results, options.rows, options.columns)
    if options.dry_run:
        check_suite(suite)
        return
    check_writable(options.results)
    prepare(suite, ahead, data_folders(options.data), recorded)


def _check_ranks(suite: Suite, ahead: Sequence[RunSpec], options: argparse.Namespace) -> None:
    """Refuse what processes that share each cell cannot do: share the cells too, or divide a step unevenly."""
    from fewshot.ranks import check_divided, started

    count = started().count
    if count > 1 and (options.workers > 1 or options.ray):
        beside = f"--ray {options.ray}" if options.ray else f"--workers {options.workers}"
        got = f"{beside} beside the {count} processes of torchrun"
        raise RequestError(f"expected either processes that share the cells or such that share each cell, got {got}")
    for spec in ahead:
        try:
            check_divided(spec, count)
        except RequestError as error:
            raise suite.origin.refusal(error) from error


def _plan(suite: Suite, standing: Standing, again: Standing, options: argparse.Namespace) -> list[str]:
    """What is there, what will be done, how long that takes and where it goes."""
    done = len(standing.records)
    lines = [f"{len(suite.cells)} cells, {done} of them recorded"]
    if searches := {one.id: one for cell in suite.cells for one in cell.candidates}:
        there = sum(name in standing.recorded for name in searches)
        lines.append(f"{len(searches)} runs on val to search by, {there} of them recorded")
        lines += [f"  failed     {name}  {why}" for name, why in again.failed.items() if name in searches]
    if again.ahead:
        lines.append(_time(again.ahead, options, suite))
    planned = [cell.finals[0] for cell in suite.cells]
    for cell in suite.cells:
        spec = cell.chosen(standing.recorded, standing.failed)
        if spec is None:
            state = "failed" if all(one.id in again.failed for one in cell.candidates) else "to search"
            lines.append(f"  {state:9}  {'':12}  {label(cell.finals[0], planned)}")
            continue
        state = "recorded" if spec.id in standing.recorded else "failed" if spec.id in standing.failed else "to do"
        retried = ": tried again" if state == "failed" else ""
        lines.append(f"  {state:9}  {spec.id}  {label(spec, planned)}{retried}")
    lines += dict.fromkeys(line for spec in suite.specs for line in _left_out(spec))
    return [*lines, f"records go to {options.results / 'runs' / suite.name}"]


def _time(ahead: Sequence[RunSpec], options: argparse.Namespace, suite: Suite) -> str:
    """The time that training takes, from steps measured here."""
    from fewshot.blame import fails_alone
    from fewshot.datasets import data_folders
    from fewshot.device import threads
    from fewshot.estimate import step_seconds
    from fewshot.ranks import part_of, started

    ranks = started()
    measured: dict[str, float] = {}
    seconds, folders = 0.0, data_folders(options.data)
    number = suite.threads or (1 if options.workers > 1 or options.ray else None)
    with threads(number):
        for spec in ahead:
            if not spec.training:
                continue
            if (kind := _kind(spec)) not in measured:
                try:
                    measured[kind] = step_seconds(part_of(spec, ranks.count), ranks.device(options.device), folders)
                except Exception as error:
                    if not (isinstance(error, RequestError) or fails_alone(error, spec)):
                        raise
                    measured[kind] = 0.0  # the run will say why, or has other images
            seconds += measured[kind] * spec.training.steps
    steps = sorted(filter(None, measured.values()))
    if not steps:
        return "nothing to train" if not measured else "how long it takes cannot be measured here"
    each = f"{1000 * steps[0]:.0f}" + (f" to {1000 * steps[-1]:.0f}" if len(steps) > 1 else "")
    at_once, by = _at_once(options, number, ranks.count)
    seconds /= min(at_once, len(ahead))
    return f"about {_duration(seconds)} of training{by}, from measured steps of {each} ms"


def _at_once(options: argparse.Namespace, threads: int | None, ranks: int) -> tuple[int, str]:
    """How many cells are computed at a time, as far as it is known before, and by what."""
    if options.ray == "local":
        number = max(1, (os.cpu_count() or 1) // threads)
        return number, f" by {number} Ray task{'s' if number > 1 else ''} at a time"
    if options.ray:
        return 1, ", which the cluster's nodes share"
    if ranks > 1:
        return 1, f" by {ranks} processes together"
    return options.workers, f" by {options.workers} workers" if options.workers > 1 else ""


def _kind(spec: RunSpec) -> str:
    """What a step's time depends on."""
    training = spec.training
    return str(
        (spec.learner, spec.backbone, spec.similarity, spec.loss, spec.size, training.shape, training.tasks_a_step,
         training.precision, training.channels_last, training.optimiser, spec.normalise, spec.dataset.options,
         [bool(value) for value in (training.affine, training.crop, training.flip, training.jitter)])
    )  # fmt: skip


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _left_out(spec: RunSpec) -> list[str]:
    recipe = spec.training
    if not (recipe and (recipe.within_group or recipe.pairs)):
        return []
    way, tasks = (3, "pairs") if recipe.pairs else (recipe.task.way, f"{recipe.task.way}-way tasks within a group")
    protocol = load_protocol(spec.protocol)
    small = [] if protocol.open else small_groups(protocol.learned_from(recipe.learn), way)
    return [f"left out of {tasks}: {', '.join(small)}"] if small else []


def _work(suite: Suite, standing: Standing, options: argparse.Namespace) -> Standing:
    from fewshot.datasets import data_folders
    from fewshot.device import threads
    from fewshot.dispatch import run_on_ray
    from fewshot.harness import run_suite
    from fewshot.ranks import started
    from fewshot.workers import run_workers

    ranks = started()
    given = {"device": ranks.device(options.device), "folders": data_folders(options.data)}
    with _bar(standing.ahead) as hear:
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


@contextmanager
def _bar(ahead: Sequence[RunSpec]) -> Iterator[Callable[[RunSpec, str, int], None]]:
    """A progress bar over the steps of all that is ahead, and what moves it on."""
    from tqdm import tqdm

    work = sum(spec.training.steps if spec.training else 0 for spec in ahead)
    done: dict[str, int] = {}
    with tqdm(total=work, unit="step", dynamic_ncols=True, mininterval=0.5 if sys.stderr.isatty() else 20) as bar:

        def hear(spec: RunSpec, what: str, step: int) -> None:
            bar.set_description(f"{label(spec, ahead)}: {what}", refresh=False)
            bar.update(max(0, step - done.get(spec.id, 0)))
            done[spec.id] = max(step, done.get(spec.id, 0))

        yield hear
