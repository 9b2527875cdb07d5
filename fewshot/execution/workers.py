"""Several processes on one machine that share a suite's cells, watched by this one."""

import multiprocessing
import signal
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import current_thread, main_thread

import torch

from fewshot.core.allocator import keep_memory
from fewshot.core.device import threads
from fewshot.core.errors import RequestError
from fewshot.core.notices import plain_notices
from fewshot.core.spec.run_spec import RunSpec
from fewshot.execution.context import Context, silent, unlogged
from fewshot.execution.preflight import Ready
from fewshot.execution.serial import DEATHS, run_suite
from fewshot.records.failures import Failure, attempts, write_failure
from fewshot.records.store import sweep
from fewshot.registry.lookup import add_plugin, plugin_files
from fewshot.suites.status import Status, ids_of, read_status


@dataclass
class _Worker:
    """A process, the receiving end of its connection, the run that its last news is of, and whether it has finished."""

    process: BaseProcess
    receiver: Connection
    at: RunSpec | None = None
    done: bool = False


def run_workers(ready: Ready, context: Context, number: int, *, plugins: Sequence[Path] = ()) -> Status:
    """`run_suite` by `number` processes, each with `suite.threads` threads (by default 1) and the same mapped images.

    A process that dies is replaced and its cell taken over; one that kills its process twice has failed.
    """
    suite, results = ready.suite, context.results
    before = attempts(results, ids_of(suite))
    read = plugin_files()  # as they were when the suite's specs were made
    known = {file: read[str(file.resolve())] for file in plugins}

    def start(place: int) -> _Worker:
        receiver, sender = spawn.Pipe(duplex=False)
        own = replace(context, device=_device(context.device, place), progress=silent, rows=unlogged)
        task = (Ready(suite, Status(suite, {}, {})), own, known, before, sender)
        process = spawn.Process(target=_work, args=task, daemon=True)
        with _uninterrupted():
            process.start()
        sender.close()
        return _Worker(process, receiver)

    spawn = multiprocessing.get_context("spawn")
    deaths: Counter[str] = Counter()
    workers = [start(place) for place in range(number)]
    try:
        while any(workers):
            wait([worker.receiver for worker in workers if worker])
            for place, worker in enumerate(workers):
                if worker and not _passed_on(worker, context):
                    workers[place] = start(place) if _died(worker, results, deaths) else None
    finally:
        for worker in filter(None, workers):
            worker.process.terminate()
        for worker in filter(None, workers):
            worker.process.join(1)
            worker.process.kill()
    sweep(results)
    return read_status(suite, results, before)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """In this block processes start that Ctrl-C does not reach: it is for this one alone, and its main thread's."""
    if current_thread() is not main_thread():
        yield
        return
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which they inherit
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)


def _device(device: str, place: int) -> str:
    """The device of the worker at a place: the GPUs in turn, where there are any."""
    if device in ("auto", "cuda") and torch.cuda.is_available():
        return f"cuda:{place % torch.cuda.device_count()}"
    return device


def _passed_on(worker: _Worker, context: Context) -> bool:
    """Pass a worker's news on: its progress and the rows for a log; False when it sends no more."""
    while True:
        try:
            if not worker.receiver.poll():
                return True
            news = worker.receiver.recv()
        except (EOFError, OSError):  # it may have died within a message
            return False
        if isinstance(news, Exception):
            raise news
        worker.done = news is None
        if news:
            worker.at = news[0]
            (context.progress if len(news) == 3 else context.rows)(*news)


def _died(worker: _Worker, results: Path, deaths: Counter[str]) -> bool:
    """Count a dead worker against its cell; False for one that has finished."""
    worker.process.join()
    if worker.done:
        return False
    end = f"its process ended with code {worker.process.exitcode}"
    name = worker.at.id if worker.at else "start"
    deaths[name] += 1
    if deaths[name] >= DEATHS:
        if not worker.at:
            raise RequestError(f"a worker process does not start: {end}, {DEATHS} times")
        write_failure(results, Failure(worker.at, f"{end}, {DEATHS} times"))
    return True


def _work(
    ready: Ready, context: Context, plugins: dict[Path, str], before: Mapping[str, str], sender: Connection
) -> None:
    """Run the suite as a worker, and send its progress and then None; it ends when the receiver is closed."""
    context = replace(context, progress=lambda *work: sender.send(work), rows=lambda *rows: sender.send(rows))
    try:
        for file, sha256 in plugins.items():
            if add_plugin(file).sha256 != sha256:
                raise RequestError(f"plug-in {file} was edited during the run; start it again")
        keep_memory()
        with plain_notices(), threads(ready.suite.threads or 1):
            run_suite(ready, context, before)
        sender.send(None)
    except BrokenPipeError:
        return
    except (RequestError, OSError) as error:
        sender.send(error)
    except Exception:
        sender.send(RuntimeError(traceback.format_exc()))
