"""Cells on a Ray cluster: the records of one process, whoever is stopped or dies."""

import os
import pickle
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from runs import run_whole

from fewshot.cli.main import main
from fewshot.core.device import threads
from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import twin_of
from fewshot.core.statistics.operating_points import choose
from fewshot.execution.context import Context
from fewshot.execution.ray import driver
from fewshot.execution.ray.cluster import Ask
from fewshot.execution.ray.driver import _Cell, _take_news, _Work
from fewshot.records.failures import Failure, read_failures
from fewshot.records.store import read_records, record_file, write_record
from fewshot.registry.lookup import add_plugin
from fewshot.suites.suite import read_suite

pytest.importorskip("ray")
if sys.platform != "linux":
    pytest.skip("looks for processes in /proc", allow_module_level=True)

TINY = ["training.val_every=20", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]", "losses+=own"]
WANTED = ["loss=triplet", "loss=own"]
OWN = '''"""A loss of a user's."""

from fewshot import loss


@loss(similarity="cosine")
def own(support, query, similarity, *, margin: float = 0.5):
    """Queries are near their own class."""
    distance = similarity.distance(query.mean(2), support.mean(2))
    return distance.diagonal(0, 1, 2).mean() + (margin - distance).clamp(0).mean()
'''


@pytest.fixture
def mark(monkeypatch) -> bytes:
    """What stands in the environment of all that a test starts."""
    text = uuid.uuid4().hex
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_MODE"):
        monkeypatch.setenv(name, text)
    monkeypatch.delenv("RAY_AUTH_MODE")  # Ray sets it, which ends with the test
    return text.encode()


def started(mark: bytes, title: bytes = b"") -> list[int]:
    """The processes that a test has started, whose title begins so."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes() and (place / "cmdline").read_bytes().startswith(title):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def bar(hear: Callable) -> Callable:
    """A progress bar that only hears."""

    @contextmanager
    def made(ahead, **_):
        yield hear

    return made


@pytest.fixture
def work(tmp_path, monkeypatch) -> _Work:
    """The work of a command, of which no cluster is asked anything."""
    import ray

    monkeypatch.setattr(ray, "get", lambda told: told)
    return _Work(read_suite("quickstart"), tmp_path, {}, lambda spec: iter(()), lambda *told: None)


def runs(work: _Work, told: Iterator) -> _Cell:
    """A cell that runs and tells so much."""
    work.running[told] = cell = _Cell(work.suite.specs[0], ExitStack())
    return cell


def lost() -> Iterator:
    from ray.exceptions import WorkerCrashedError

    yield "training", 1
    raise WorkerCrashedError


def test_a_cell_that_is_lost_twice_has_failed(work, tmp_path):
    name = work.suite.specs[0].id
    for found in ({}, {name: "its process or its node was lost, 2 times"}):
        told = lost()
        runs(work, told)
        assert _take_news(told, work)
        assert not _take_news(told, work)
        assert read_failures(tmp_path, {name}) == found


def test_a_failure_of_a_node_is_kept(work, tmp_path):
    told = iter([Failure(work.suite.specs[0], "diverged")])
    cell = runs(work, told)
    assert _take_news(told, work)
    assert cell.kept
    assert read_failures(tmp_path, {cell.spec.id}, work.before) == {cell.spec.id: "diverged"}


def test_what_a_node_refuses_is_refused(work):
    told = iter([RequestError("node there: expected images")])
    runs(work, told)
    with pytest.raises(RequestError, match="node there: expected images"):
        _take_news(told, work)


class Unstarted:
    """A function on a cluster that keeps what it is called with, and is not."""

    def __init__(self) -> None:
        self.tasks, self.asked = [], {}

    def options(self, **asked) -> "Unstarted":
        self.asked |= asked
        return self

    def remote(self, sources: str, packed: bytes) -> None:
        self.tasks.append(pickle.loads(packed))


def test_a_node_is_told_all_that_its_cell_needs(tmp_path, monkeypatch, make_record):
    """The choices of its twin too: the twin's record may be on no disk of the node."""
    changes = ["training.learn=train+val", "training.select=last", "twins=true"]
    (spec,) = read_suite("quickstart", changes=changes).only(["loss=triplet"]).specs
    twin = make_record(twin_of(spec))
    write_record(twin, record_file(tmp_path, "quickstart", twin.spec))
    cell = Unstarted()
    monkeypatch.setattr(driver, "import_ray", lambda: SimpleNamespace(remote=lambda function: cell))
    context = Context(tmp_path, folders=(tmp_path,), weights=False)
    driver._starter(Ask(3, 0.5), tmp_path, context)(spec)
    (task,) = cell.tasks
    assert (task.spec, task.device, task.threads, task.weights, task.logged) == (spec, "cuda", 3, False, False)
    assert task.chosen == choose(twin.same, twin.different, twin.id)
    assert task.chosen.points
    assert {*task.digests} == {"train+val", "test"}
    assert (cell.asked["num_cpus"], cell.asked["num_gpus"], cell.asked["max_retries"]) == (3, 0.5, 0)


@pytest.mark.slow  # two clusters are started and one is torn down
def test_ctrl_c_and_the_death_of_a_worker_change_no_record(mark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fewshot.execution.estimate.step_seconds", lambda *given: 0.01)
    Path("own.py").write_text(OWN)
    asked = ["run", "quickstart", "--stage", "val", "--steps", "120", "--device", "cpu", "--plugin", "own.py"]
    asked += [word for one in TINY for word in ("--set", one)] + [word for one in WANTED for word in ("--only", one)]
    heard, killed = [], []

    def stop(spec, what, step):
        if what == "training":
            os.kill(os.getpid(), signal.SIGINT)

    def kill(spec, what, step):
        heard.append((spec.loss.name, what))
        if what == "training" and not killed and (inside := started(mark, b"ray::fewshot")):
            killed.append(inside[0])
            os.kill(inside[0], signal.SIGKILL)

    monkeypatch.setattr("fewshot.execution.suite_run.cells_followed", bar(stop))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    assert main([*asked, "--ray", "local"]) == 130
    signal.signal(signal.SIGINT, before)
    until = time.monotonic() + 30
    while started(mark) and time.monotonic() < until:
        time.sleep(0.1)
    assert not started(mark)
    assert list(Path("results/unfinished").glob("*.pt"))

    monkeypatch.setattr("fewshot.execution.suite_run.cells_followed", bar(kill))
    assert main([*asked, "--ray", "local"]) == 0
    assert killed
    assert heard.count(("triplet", "images")) + heard.count(("own", "images")) == 3
    assert not list(Path("results/unfinished").iterdir())

    add_plugin(Path("own.py"))
    suite = read_suite("quickstart", changes=TINY, stage="val", steps=120).only(WANTED)
    with threads(1):
        alone = run_whole(suite, tmp_path / "alone").recorded
    together = read_records(Path("results"))
    assert len(together) == 2
    for name, record in together.items():
        assert record.plain() | {"facts": None} == alone[name].plain() | {"facts": None}
        assert record.facts["threads"] == 1
    assert any(record.facts["resumed"] for record in together.values())
