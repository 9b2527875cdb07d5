"""A Ray cluster is found, or refused in one line; what its nodes have room for."""

import os
import signal
import socket
import sys
from pathlib import Path
from threading import Thread
from types import ModuleType, SimpleNamespace

import pytest

from fewshot.cli.main import main
from fewshot.core.errors import RequestError
from fewshot.execution.ray import cluster
from fewshot.execution.ray.cluster import Ask, ask_for, at_a_time, check_ask, joined, locate

RUN = ["run", "quickstart", "--stage", "val", "--steps", "1", "--device", "cpu", "--only", "loss=triplet"]


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path, monkeypatch):
    """No cluster was begun on this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


@pytest.fixture
def listener():
    """Starts a server that answers everyone with some bytes; its HOST:PORT."""
    servers = []

    def start(answer: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            with server.accept()[0] as line:
                line.recv(100)
                line.sendall(answer)

        Thread(target=serve, daemon=True).start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield start
    for server in servers:
        server.close()


def closed() -> str:
    """A HOST:PORT where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("address", ["somewhere", "ray://127.0.0.1:10001", ":6379", "127.0.0.1:port"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(RequestError, match=f"^--ray {address}: expected auto, local or HOST:PORT of a cluster, got"):
        locate(address)


def test_where_nothing_listens_there_is_no_cluster():
    address = closed()
    with pytest.raises(RequestError, match=f"expected a Ray cluster at {address}, got: .*refused"):
        locate(address)


def test_something_else_that_listens_is_told_from_ray_by_its_first_word(listener):
    web, ray = listener(b"HTTP/1.1 400 Bad Request\r\n"), listener(b"\0\0\0\4\0\0\0\0\0")
    with pytest.raises(RequestError, match=f"expected a Ray cluster at {web}, got something else that listens there"):
        locate(web)
    assert locate(ray) == ray


def test_auto_is_the_cluster_that_was_begun_here_or_that_the_environment_names(listener, tmp_path, monkeypatch):
    with pytest.raises(RequestError, match=r"^--ray auto: expected a running cluster, got none on this machine"):
        locate("auto")
    here, named = listener(b"\0\0\0\4\0\0\0\0\0"), closed()
    (tmp_path / "ray").mkdir()
    (tmp_path / "ray" / "ray_current_cluster").write_text(here)
    assert locate("auto") == here
    monkeypatch.setenv("RAY_ADDRESS", named)
    with pytest.raises(RequestError, match=f"--ray auto: expected a Ray cluster at {named}, got"):
        locate("auto")


def test_nodes_take_as_many_cells_as_they_have_cpus_and_shares_of_gpus(monkeypatch):
    monkeypatch.setattr(cluster, "_nodes", lambda: [(8.0, 0.0), (3.0, 1.0), (64.0, 2.0)])
    assert at_a_time(Ask(1)) == 75
    assert at_a_time(Ask(4)) == 18
    assert at_a_time(Ask(1, 1.0)) == 3
    assert at_a_time(Ask(2, 0.1)) == 21
    assert at_a_time(Ask(1, 0.4)) == 2 + 4  # two a GPU: no cell has parts of two
    assert ask_for("auto", None, None) == Ask(1, 1.0)
    assert ask_for("cuda", 0.25, 2) == Ask(2, 0.25)
    assert ask_for("cpu", None, 4) == Ask(4)
    with pytest.raises(
        RequestError, match=r"^--ray here: expected a node with 65 CPUs for a cell, got nodes with 8 CPUs, "
    ):
        check_ask("here", Ask(65))
    monkeypatch.setattr(cluster, "_nodes", lambda: [(1.0, 0.0)])
    assert ask_for("auto", None, None) == Ask(1)
    with pytest.raises(RequestError, match=r"expected a node with 1 CPU and 0.5 GPU for a cell, got nodes with 1 CPU$"):
        check_ask("here", Ask(1, 0.5))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--ray", "local", "--device", "cuda:1"], "expected auto, cpu or cuda, got 'cuda:1'"),
        (["--ray", "local", "--gpus-per-cell", "0.5"], "expected --device cuda or auto beside it, got cpu"),
        (["--gpus-per-cell", "0.5"], "--gpus-per-cell: expected --ray beside it"),
        (["--ray", "nowhere"], "--ray nowhere: expected auto, local or HOST:PORT"),
        (["--ray", "nowhere", "--dry-run"], "--ray nowhere: expected auto, local or HOST:PORT"),
        (["--ray", ""], "--ray : expected auto, local or HOST:PORT"),
    ],
)
def test_what_a_cluster_cannot_do_is_one_message(asked, said, capsys):
    pytest.importorskip("ray")
    assert main([*RUN, *asked]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("beside", "message"),
    [
        (["--workers", "2"], "argument --workers: not allowed with argument --ray"),
        (["--gpus-per-cell", "2"], "argument --gpus-per-cell: expected a number above 0 and at most 1, got '2'"),
    ],
)
def test_workers_beside_it_and_more_than_a_whole_gpu_are_refused(beside, message, capsys):
    assert main([*RUN, "--ray", "local", *beside]) == 2
    assert message in capsys.readouterr().err


def test_without_ray_a_message_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not installed
    assert main([*RUN, "--ray", "local"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "expected Ray to be installed" in line
    assert "uv run --group ray fewshot run" in line
    assert "pip install ray" in line


def test_a_dry_run_starts_nothing_and_says_how_many_cells_go_at_a_time(monkeypatch, capsys):
    ray = pytest.importorskip("ray")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr("fewshot.execution.estimate.step_seconds", lambda *given: 0.01)
    monkeypatch.setattr(cluster, "locate", str)
    for address, said in (("local", "by 4 Ray tasks at a time"), (closed(), ", which the cluster's nodes share")):
        assert main([*RUN, "--ray", address, "--dry-run", "--set", "threads=2"]) == 0
        assert f"of training{' ' if said[0] == 'b' else ''}{said}" in capsys.readouterr().out
    assert not ray.is_initialized()


def test_a_private_cluster_is_for_this_user_on_this_machine(monkeypatch):
    """Its folder is closed, though Ray opens the one that it makes there, and its servers do not listen outside."""
    modes = []

    def init(place, *, _temp_dir, **_):
        modes.append(Path(_temp_dir).parent.stat().st_mode & 0o777)

    errors = SimpleNamespace(RayError=OSError, RayTaskError=OSError)
    vars(ray := ModuleType("ray")).update(init=init, shutdown=lambda: None, exceptions=errors)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr(os, "environ", environment := dict(os.environ))
    before = signal.getsignal(signal.SIGTERM)
    with joined("local"):
        signal.signal(signal.SIGTERM, before)
    assert modes == [0o700]
    assert environment["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] == "0"
