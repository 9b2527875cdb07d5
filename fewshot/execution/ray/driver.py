"""A suite's cells as tasks of a Ray cluster: this process hands them out, holds their claims, keeps their records."""

import hashlib
import pickle
import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec
from fewshot.evaluation.operating_points import choose_by
from fewshot.execution.attempt import claimed, keep
from fewshot.execution.context import Context, Progress, TakeRows, unlogged
from fewshot.execution.preflight import Ready
from fewshot.execution.ray.cluster import Ask, ask_for, at_a_time, check_ask, import_ray, joined
from fewshot.execution.ray.node import Task
from fewshot.execution.serial import DEATHS, LOOK_EVERY
from fewshot.records.facts import machine_facts
from fewshot.records.failures import Failure, attempts
from fewshot.records.kept import weights_file
from fewshot.records.store import find_twin, sweep
from fewshot.registry.lookup import plugins_of
from fewshot.registry.resolved import Resolved
from fewshot.suites.status import Status, ids_of, read_status
from fewshot.suites.suite import Suite
from fewshot.tasks.images import load_banks


@dataclass
class _Cell:
    """A run on the cluster, the claim on it, and whether its record or failure is kept."""

    spec: RunSpec
    claim: ExitStack
    kept: bool = False


@dataclass
class _Work:
    """A suite's runs on the cluster by their streams of news, how to start one, and how often each was lost."""

    suite: Suite
    results: Path
    before: Mapping[str, str]  # attempts that had failed
    start: Callable[[RunSpec], Iterator]
    progress: Progress
    rows: TakeRows = unlogged
    running: dict[Iterator, _Cell] = field(default_factory=dict)
    deaths: Counter[str] = field(default_factory=Counter)


def run_on_ray(ready: Ready, context: Context, address: str, *, gpus: float | None = None) -> Status:
    """`run_suite` by tasks of a Ray cluster, each with `suite.threads` threads (by default 1) and as many CPUs.

    `address` is HOST:PORT, `auto` or `local`. On "cuda", or "auto" where the cluster has GPUs, a task has `gpus` of
    one (by default, all). A task whose process or node is lost starts again; one that is lost twice has failed.
    """
    machine_facts()  # cached now, before sources can change
    suite, results = ready.suite, context.results
    before = attempts(results, ids_of(suite))
    status = read_status(suite, results, before, ready.status.recorded)
    with joined(address):
        ask = ask_for(context.device, gpus, suite.threads)
        work = _Work(suite, results, before, _starter(ask, results, context), context.progress, context.rows)
        with _released_at_end(work):
            while work.running or status.to_run:
                _hand_out(work, status, address, ask)
                _take_all_news(work, time.monotonic() + LOOK_EVERY)
                status = read_status(suite, results, before, status.recorded)
    sweep(results)
    return status


def _starter(ask: Ask, results: Path, context: Context) -> Callable[[RunSpec], Iterator]:
    """A function that starts a run on the cluster and returns the stream of its news."""
    ray = import_ray()
    options = {"num_cpus": ask.cpus, "num_gpus": ask.gpus, "max_retries": 0, "scheduling_strategy": "SPREAD"}
    # A lambda is pickled whole: on a node without this module it still starts, and raises the error that names it.
    cell = ray.remote(lambda *given: (yield from import_module("fewshot.execution.ray.node").compute(*given)))
    cell = cell.options(name="fewshot", num_returns="streaming", **options)
    place = results.resolve()
    given = {
        "device": "cuda" if ask.gpus else "cpu",
        "threads": ask.cpus,
        "results": place,
        "name": hashlib.sha256(f"{socket.gethostname()} {place}".encode()).hexdigest()[:12],
        "here": Path.cwd(),
        "folders": [folder.absolute() for folder in context.folders],
        "weights": context.weights,
        "logged": context.rows is not unlogged,
    }

    def start(spec: RunSpec) -> Iterator:
        digests = {split: bank.digest for split, bank in load_banks(Resolved(spec), context.folders)[1].items()}
        chosen = choose_by(find_twin(results, spec))
        kept = {one.id: weights_file(results, one.id) for one in spec.of_members}
        networks = {name: file.read_bytes() for name, file in kept.items() if file.exists()}
        task = Task(spec, digests=digests, plugins=plugins_of(spec), chosen=chosen, networks=networks, **given)
        return cell.remote(machine_facts()["sources"], pickle.dumps(task))

    return start


def _hand_out(work: _Work, status: Status, address: str, ask: Ask) -> None:
    """Start the runs that no other process has claimed, as far as the cluster has room."""
    under_way = {cell.spec.id for cell in work.running.values()}
    if not work.running:
        check_ask(address, ask)
    room = at_a_time(ask) - len(work.running)
    for spec in status.to_run:
        if room <= 0:
            return
        if spec.id in under_way:
            continue
        with ExitStack() as claim:
            if claim.enter_context(claimed(spec, work.suite, work.results, work.before)):
                work.running[work.start(spec)] = _Cell(spec, claim.pop_all())
                room -= 1


def _take_all_news(work: _Work, until: float) -> None:
    """Take in the news of the runs until one has ended or the time `until` is reached."""
    ray = import_ray()
    before = len(work.running)
    while len(work.running) == before and (left := until - time.monotonic()) > 0:
        if not work.running:
            time.sleep(left)  # other processes are at work on all runs
            return
        for ready in ray.wait(list(work.running), timeout=left)[0]:
            if not _take_news(ready, work):
                work.running.pop(ready).claim.close()


def _take_news(run: Iterator, work: _Work) -> bool:
    """Take in the next news of a run; False once it has ended."""
    ray, cell = import_ray(), work.running[run]
    errors = ray.exceptions
    try:
        news = ray.get(next(run))
    except StopIteration:
        return False
    except (errors.WorkerCrashedError, errors.NodeDiedError, errors.ObjectLostError, errors.OutOfMemoryError) as error:
        full = isinstance(error, errors.OutOfMemoryError)
        if not cell.kept:
            _lost(cell.spec, "its node ran out of memory" if full else "its process or its node was lost", work)
        return False
    except errors.RayTaskError as error:
        if not isinstance(error.cause, ImportError):
            raise
        where = re.search(r"ip=([^,)]+)", str(error))
        name = f"node {where[1]}" if where else "a node"
        raise RequestError(f"{name}: expected the fewshot that the command runs, got: {error.cause}") from error
    if isinstance(news, Exception):
        raise news
    if isinstance(news, list):
        work.rows(cell.spec, news)
        return True
    if isinstance(news, tuple):
        work.progress(cell.spec, *news)
        return True
    keep(news, work.suite, work.results)
    cell.kept = True
    return True


def _lost(spec: RunSpec, end: str, work: _Work) -> None:
    """Count a lost process or node against its cell, which fails after `DEATHS` of them."""
    work.deaths[spec.id] += 1
    if work.deaths[spec.id] >= DEATHS:
        keep(Failure(spec, f"{end}, {DEATHS} times"), work.suite, work.results)


@contextmanager
def _released_at_end(work: _Work) -> Iterator[None]:
    """Cancel the runs that are left at the end of the block, however it ends, and release their claims."""
    try:
        yield
    finally:
        for run, cell in work.running.items():
            import_ray().cancel(run, force=True)
            cell.claim.close()
