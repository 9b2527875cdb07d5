"""The work of a cluster's node: its checks, the computation of one cell, and its progress."""

import os
import pickle
import socket
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from fewshot.core.allocator import keep_memory
from fewshot.core.device import threads
from fewshot.core.errors import RequestError
from fewshot.core.files import claim, write_whole
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.statistics.operating_points import Chosen
from fewshot.data.locations import cache_folder, data_folders
from fewshot.execution.attempt import Finished, attempt
from fewshot.execution.context import Context
from fewshot.records.facts import machine_facts
from fewshot.records.failures import Failure
from fewshot.records.kept import weights_file
from fewshot.records.store import lock_file, unfinished
from fewshot.registry.lookup import add_plugin, find
from fewshot.registry.resolved import Resolved
from fewshot.registry.source import PartInfo
from fewshot.tasks.images import load_banks
from fewshot.training.meter import Row

REPORT_EVERY = 0.2  # seconds between two reports on the same work
Progress = Callable[[str, int], None]
Log = Callable[[Sequence[Row]], None]
News = tuple[str, int] | list[Row] | Finished | Failure | Exception


@dataclass(frozen=True)
class Task:
    """A cell and its inputs from the driver: data folders, digests of images by split, plug-ins, results folder."""

    spec: RunSpec
    device: str
    threads: int
    results: Path
    name: str  # of the results folder, unique among all drivers
    here: Path  # the driver's working folder
    folders: Sequence[Path]
    digests: Mapping[str, str]
    plugins: Sequence[PartInfo]
    weights: bool = True  # whether it keeps its network
    chosen: Chosen = field(default_factory=Chosen)  # by its twin
    networks: Mapping[str, bytes] = field(default_factory=dict)  # that an ensemble's members have kept, by id
    logged: bool = False  # whether the driver takes the rows of its training


def compute(sources: str, packed: bytes) -> Iterator[News]:
    """The progress of a cell, the rows of its training where they are wanted, and at last its record or failure.

    `packed` is the `Task` of a driver with the same `sources`. An error that is not the cell's own names this node.
    """
    yield from _with_news(lambda progress, log: _compute(sources, packed, progress, log))


def _compute(sources: str, packed: bytes, progress: Progress, log: Log) -> Finished | Failure:
    if (own := machine_facts()["sources"]) != sources:
        raise RequestError(f"expected the fewshot that the command runs, sources {sources}, got sources {own}")
    task: Task = pickle.loads(packed)
    keep_memory()
    with suppress(OSError):  # where the folder is there, relative paths are the driver's
        os.chdir(task.here)
    for plugin in task.plugins:
        _add(plugin)
    folders = [*task.folders, *data_folders()]
    progress("images", 0)
    for split, bank in load_banks(Resolved(task.spec), folders)[1].items():
        if bank.digest != (digest := task.digests[split]):
            name, got = task.spec.dataset.name, f"others, {bank.digest[:12]}…"
            raise RequestError(f"{name}: expected the command's images of {split}, sha256 {digest[:12]}…, got {got}")
    kept_in = _kept_in(task)
    elsewhere = kept_in is not None and kept_in != task.results
    for name, network in task.networks.items() if elsewhere else ():
        write_whole(weights_file(kept_in, name), network)
    with threads(task.threads):
        context = Context(kept_in, task.device, tuple(folders), progress=lambda spec, work, step: progress(work, step))
        context = replace(context, rows=lambda spec, rows: log(rows)) if task.logged else context
        found = attempt(task.spec, replace(context, weights=task.weights, chosen=task.chosen))
    if elsewhere and isinstance(found, Finished):
        for one in unfinished(kept_in, task.spec, found.record.facts).parent.glob(f"{task.spec.id}-*.pt"):
            one.unlink(missing_ok=True)  # of the run, or of members that it has trained
    return found


def _with_news(work: Callable[[Progress, Log], Finished | Failure]) -> Iterator[News]:
    """The progress and the rows of work done by a thread of its own, and at last its result or error."""
    queue: SimpleQueue[News] = SimpleQueue()
    last, when = ("", 0), 0.0

    def progress(what: str, step: int) -> None:
        nonlocal last, when
        if what != last[0] or (step != last[1] and time.monotonic() - when > REPORT_EVERY):
            last, when = (what, step), time.monotonic()
            queue.put(last)

    def do() -> None:
        try:
            queue.put(work(progress, lambda rows: queue.put(list(rows))))
        except RequestError as error:
            queue.put(RequestError(f"{_name()}: {error}"))
        except OSError as error:
            queue.put(OSError(f"{_name()}: {error}"))
        except Exception:
            queue.put(RuntimeError(f"{_name()}: {traceback.format_exc()}"))

    Thread(target=do, daemon=True).start()
    while isinstance(news := queue.get(), tuple | list):
        yield news
    yield news


def _name() -> str:
    import ray

    return f"node {socket.gethostname()} ({ray.util.get_node_ip_address()})"


def _add(plugin: PartInfo) -> None:
    """Register a plug-in of the driver on this node; a part of an installed package must be here, and the same."""
    if plugin.distribution:
        if find(plugin.kind, plugin.name).sha256 != plugin.sha256:
            whose = f"{plugin.name} of distribution {plugin.distribution}"
            raise RequestError(f"expected {whose} as the command has it, got another")
        return
    file = _own_folder() / "plugins" / plugin.sha256 / plugin.file.name
    write_whole(file, plugin.source, over=False)
    if add_plugin(file).sha256 != plugin.sha256:
        raise RequestError(f"plug-in {file}: expected the command's {plugin.file}, got another; remove it")


def _kept_in(task: Task) -> Path | None:
    """The folder of the cell's training state: the results folder if the driver shares it, else one on this node.

    It is shared if the driver's claim on the cell is seen to be held in it. None without training.
    """
    if not task.spec.training:
        return None
    lock = lock_file(task.results, task.spec)
    with suppress(OSError):  # the folder is another user's, or cannot be written from here
        if lock.exists():
            with claim(lock) as free:
                if not free:
                    return task.results
    return _own_folder() / "results" / task.name


@lru_cache
def _own_folder() -> Path:
    """The user's cache folder on this node or, if it cannot be written, a temporary one of this process."""
    folder = cache_folder() / "nodes"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="fewshot-"))
