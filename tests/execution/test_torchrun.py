"""`fewshot run` by two processes that train each cell together, whatever befalls one of them.

But for the one that torchrun starts, the processes are forked from one that has imported everything and computed
nothing yet; when one dies, the other is told to end, as torchrun does.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

from fewshot.records.stored.text import read_record

pytestmark = pytest.mark.slow  # tests/training/distributed says that ranks have the tasks and pixels of one process

TINY = ["--stage", "val", "--device", "cpu", "--set", "training.val_every=2", "--set", "training.warmup=0"]
TINY += [
    "--set",
    "size=16",
    "--set",
    "training.channels_last=false",
    "--set",
    "options.conv4.widths=[8, 8, 8, 8]",
    "--set",
    "training.optimiser=sgd",
]
ONE = ["run", "quickstart", *TINY, "--only", "loss=triplet", "--steps", "6", "--set", "training.batch=2"]
RUN = [*ONE, "--only", "loss=prototypical"]
SECOND = '''"""Fails on the second rank."""

import os

from fewshot import loss


@loss(similarity="cosine")
def second(support, query, similarity):
    """The mean distance, but not of the real tasks."""
    if support.shape[1] == 20 and os.environ.get("RANK") == "1":
        raise ValueError("not here")
    return similarity.distance(query.mean(2), support.mean(2)).diagonal(0, 1, 2).mean()
'''


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return one.getsockname()[1]


def rank_of(arguments: list[str], rank: int, port: int, death: tuple | None, out: Path) -> int:
    """Start a process that is one of two, or alone where the port is 0; what it says is written to `out`."""
    import fewshot.training.batches
    from fewshot.cli.main import main

    if child := os.fork():
        return child
    sys.stdout = sys.stderr = out.open("w", buffering=1)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    if port:
        os.environ |= {"WORLD_SIZE": "2", "RANK": str(rank), "LOCAL_RANK": str(rank)}
        os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    calls, gather = iter(range(1, 10**6)), fewshot.training.batches.gather

    def hooked(*given):
        if death and next(calls) == death[0]:
            os.kill(os.getpid(), getattr(signal, death[1]))
        return gather(*given)

    fewshot.training.batches.gather = hooked
    try:
        os._exit(main(arguments))
    except SystemExit as end:
        os._exit(end.code)
    finally:
        os._exit(99)


def wait_for(children: list[int]) -> list[int]:
    """Exit codes; when one is killed, the others are told to end."""
    ends: dict[int, int] = {}
    while len(ends) < len(children):
        child, status = os.waitpid(-1, 0)
        ends[child] = os.waitstatus_to_exitcode(status)
        for other in set(children) - set(ends) if ends[child] < 0 else ():
            os.kill(other, signal.SIGTERM)
    return [ends[child] for child in children]


IMPORTED = (
    "filelock", "matplotlib.ft2font", "PIL.ImageFont", "scipy.special", "tqdm", "fewshot.cli.run",
    "fewshot.conformance", "fewshot.execution.serial", "fewshot.execution.suite_run", "fewshot.execution.torchrun",
    "fewshot.models.backbones.conv4", "fewshot.models.similarities.euclidean", "fewshot.protocols.scripts",
)  # fmt: skip
PARTS = (("datasets", "typefaces"), ("losses", "triplet"), ("losses", "prototypical"), ("learners", "siamese"))


def run_all() -> None:
    """All runs, one after the other; prints their exit codes and seconds."""
    import torch

    import fewshot.execution.estimate
    from fewshot.registry.lookup import load

    for name in IMPORTED:
        import_module(name)
    torch.set_num_threads(1)
    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)  # imports much
    for kind, name in PARTS:
        load(kind, name)
    fewshot.execution.estimate.step_seconds = lambda *given: 0.01
    ends = {}
    for name, arguments, together, deaths in GROUPS:
        port = free_port() if together else 0
        ranks = range(2 if together else 1)
        begun = time.monotonic()
        children = [rank_of(arguments, rank, port, deaths.get(str(rank)), Path(f"{name}.{rank}")) for rank in ranks]
        ends[name] = [*wait_for(children), time.monotonic() - begun]
    print(json.dumps(ends))


PLUGGED = ["--plugin", "second.py", "--set", "losses+=second", "--only", "loss=second"]
GROUPS = [  # a name, arguments, whether by two processes, and the tasks before which a signal comes, by rank
    ("alone", [*RUN, "--results", "alone"], False, {}),
    ("together", [*RUN, "--results", "together"], True, {}),
    ("killed leader", [*RUN, "--results", "killed"], True, {"0": (4, "SIGKILL")}),
    ("killed follower", [*RUN, "--results", "killed"], True, {"1": (3, "SIGKILL")}),
    ("stopped", [*RUN, "--results", "killed"], True, {"0": (2, "SIGINT"), "1": (2, "SIGINT")}),
    ("gone on", [*RUN, "--results", "killed"], True, {}),
    ("again", [*RUN, "--results", "killed"], True, {}),
    ("odd", [*ONE, "--set", "training.batch=3", "--results", "odd"], True, {}),
    ("misspelt", ["run", "quickstart", "--stepz", "3"], True, {}),
    ("workers", [*ONE, "--workers", "2", "--results", "odd"], True, {}),
    ("plugged", [*ONE, *PLUGGED, "--results", "plugged"], True, {}),
    ("diverged", [*ONE, "--set", "training.learning_rate=1e30", "--results", "diverged"], True, {}),
]


@pytest.fixture(scope="module")
def runs(once) -> tuple[Path, dict[str, list]]:
    """The folder of all runs; their exit codes by rank and, last, how many seconds they took."""

    def run_in(folder: Path) -> None:
        (folder / "second.py").write_text(SECOND)
        code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_torchrun; "
        code += "test_torchrun.run_all()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False)
        assert done.returncode == 0, done.stderr
        (folder / "ends.json").write_text(done.stdout)

    folder = once("following", run_in)
    return folder, json.loads((folder / "ends.json").read_text())


def records(results: Path) -> dict[str, dict]:
    return {file.stem: read_record(file).plain() for file in (results / "runs").rglob("*.json")}


def without_facts(results: Path) -> dict[str, dict]:
    return {name: record | {"facts": None} for name, record in records(results).items()}


def assert_some_of(some: Path, results: Path) -> None:
    found, known = without_facts(some), without_facts(results)
    assert found
    assert all(known[name] == record for name, record in found.items())


def near(one: dict, other: dict) -> None:
    """The records of a cell that one process has made and that several have: the same but for rounding."""
    assert one["spec"] == other["spec"]
    assert one["digests"] == other["digests"]
    for name, accuracy in one["accuracy"].items():
        assert sum(accuracy) / len(accuracy) == pytest.approx(sum(other["accuracy"][name]) / len(accuracy), abs=1e-3)
    for row, others in zip(one["curve"], other["curve"], strict=True):
        assert row[:2] == pytest.approx(others[:2], rel=1e-5)


def test_two_processes_make_the_records_of_one(runs):
    folder, ends = runs
    assert ends["alone"][:1] == [0]
    assert ends["together"][:2] == [0, 0]
    alone, together = (records(folder / name) for name in ("alone", "together"))
    assert len(alone) == 2
    assert alone.keys() == together.keys()
    for name, record in alone.items():
        near(record, together[name])
        assert "processes" not in record["facts"]
        assert together[name]["facts"]["processes"] == 2
        assert together[name]["facts"]["threads"] == 1
    said = (folder / "together.0").read_text()
    assert "by 2 processes together" in said
    assert said.count("20-way 1-shot (n = 300)") == 1
    assert (folder / "together.1").read_text() == ""


def test_whoever_is_killed_or_stopped_the_next_run_ends_with_the_same_numbers(runs):
    folder, ends = runs
    assert ends["killed leader"][0] == -9
    assert ends["killed follower"][1] == -9
    assert ends["stopped"][:2] == [130, 130]
    assert (folder / "stopped.0").read_text().count("stopped; what is recorded is kept") == 1
    assert (folder / "stopped.1").read_text() == ""
    assert ends["gone on"][:2] == ends["again"][:2] == [0, 0]
    assert without_facts(folder / "killed") == without_facts(folder / "together")
    assert any(record["facts"]["resumed"] for record in records(folder / "killed").values())
    assert not list((folder / "killed" / "unfinished").iterdir())
    assert "2 cells, 2 of them recorded" in (folder / "again.0").read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("odd", "--set training.batch=3: batch: expected a multiple of 2, one task for each of 2 processes, got 3"),
        ("misspelt", "unrecognized arguments: --stepz 3"),
        ("workers", "--workers 2 cannot be combined with torchrun, got 2 processes of it"),
    ],
)
def test_what_is_refused_is_refused_once_and_leaves_nothing(runs, name, message):
    folder, ends = runs
    assert ends[name][:2] == [2, 2]
    said = (folder / f"{name}.0").read_text()
    assert said.count(message) == 1
    assert "Traceback" not in said
    assert (folder / f"{name}.1").read_text() == ""
    assert not (folder / "odd").exists()


def test_what_fails_on_one_rank_has_failed_and_the_others_go_on(runs):
    folder, ends = runs
    assert ends["plugged"][:2] == [1, 1]
    assert ends["plugged"][2] < 20
    said = (folder / "plugged.0").read_text()
    assert "failed: second.py, line 12: ValueError: not here (rank 1)" in said
    assert "Traceback" not in said
    assert (folder / "plugged.1").read_text() == ""
    assert_some_of(folder / "plugged", folder / "together")


def test_a_loss_that_is_not_finite_fails_its_cell_on_all_ranks(runs):
    folder, ends = runs
    assert ends["diverged"][:2] == [1, 1]
    said = (folder / "diverged.0").read_text()
    assert said.count("failed: NotFinite: the loss is no longer finite within 25 steps before step 2") == 1


def test_torchrun_starts_them(runs):
    folder, _ = runs
    wanted = [*ONE, "--results", "torchrun"]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m", "fewshot"]
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*command, *wanted], capture_output=True, text=True, cwd=folder, env=environ, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("20-way 1-shot (n = 300)") == 1
    assert_some_of(folder / "torchrun", folder / "together")
