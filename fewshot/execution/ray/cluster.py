"""A Ray cluster: where it is, how this process joins it, and how many cells its nodes take at a time."""

import importlib
import io
import os
import shutil
import signal
import socket
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from logging import CRITICAL
from pathlib import Path
from threading import current_thread, main_thread
from types import ModuleType

from fewshot.core.errors import Lacking, RequestError
from fewshot.core.files import regular

HOW = "in a clone, uv run --group ray fewshot run …; with pip, pip install ray"
DEVICES = ("auto", "cpu", "cuda")
SETTINGS = {
    # Under `uv run` Ray would send this folder to every node and build an environment of it there. Cells are computed
    # with what is installed on a node, whose sources of fewshot are compared with ours.
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # its default comes with a warning; cells get a device
}
ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # on any system: a cluster that only this machine can reach
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # opens gRPC, with empty settings
STORE = 100 * 2**20  # bytes that a private cluster has for objects: records are small
TIMEOUT = 5.0  # seconds that an address has to answer
LONGEST_ERROR = 300  # characters of an error of Ray
LONGEST = 26  # characters of a folder in which Ray's sockets still have room for their names


@dataclass(frozen=True)
class Ask:
    """The part of a node that a cell occupies: as many CPUs as it has threads, and a share of a GPU."""

    cpus: int
    gpus: float = 0.0

    def __str__(self) -> str:
        cpus = f"{self.cpus} CPU{'s' if self.cpus > 1 else ''}"
        return f"{cpus} and {self.gpus:g} GPU" if self.gpus else cpus


def check_asked(address: str | None, device: str, gpus: float | None, threads: int | None, *, starts: bool) -> None:
    """Refuse options that do not go with a cluster, one that is absent and, if `starts`, one that is too small."""
    if address is None:
        if gpus:
            raise RequestError("--gpus-per-cell: expected --ray beside it; without, every cell has the whole device")
        return
    import_ray(address)
    if device not in DEVICES:
        raise RequestError(f"--device with --ray, which hands out the GPUs: expected auto, cpu or cuda, got {device!r}")
    if gpus and device == "cpu":
        raise RequestError("--gpus-per-cell: expected --device cuda or auto beside it, got cpu")
    if address == "local":
        return
    if not starts:
        locate(address)
        return
    with joined(address):
        check_ask(address, ask_for(device, gpus, threads))


def ask_for(device: str, gpus: float | None, threads: int | None) -> Ask:
    """The resources of a cell on the joined cluster: a GPU on "cuda", or "auto" where a node has one."""
    on_gpu = device == "cuda" or (device == "auto" and any(gpus for _, gpus in _nodes()))
    return Ask(threads or 1, (gpus or 1.0) if on_gpu else 0.0)


def import_ray(address: str = "") -> ModuleType:
    """The module `ray`, set to rebuild no environment and report no use. Raises `Lacking` where it is not installed.

    If it is first imported for the address `local`, its servers listen on the loopback interface alone.
    """
    os.environ.update(SETTINGS | (ALONE if address == "local" else {}))
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise Lacking(f"--ray: expected Ray to be installed, got: {error}. To get it: {HOW}") from error


def locate(address: str) -> str:
    """The HOST:PORT of a running cluster; `auto` takes $RAY_ADDRESS, else the one that `ray start` began here.

    Raises `RequestError` where none answers.
    """
    place = (os.environ.get("RAY_ADDRESS") or _started_here()) if address == "auto" else address
    if address == "auto" and not place:
        raise RequestError(
            "--ray auto: expected a running cluster, got none on this machine: ray start --head begins one, and "
            "--ray local one for this command alone"
        )
    host, _, port = place.rpartition(":")
    if not host or "/" in host or not port.isdigit():
        raise RequestError(f"--ray {address}: expected auto, local or HOST:PORT of a cluster, got {place!r}")
    try:
        answers = _answers(host.strip("[]"), int(port))
    except (OSError, OverflowError) as error:
        raise RequestError(f"--ray {address}: expected a Ray cluster at {place}, got: {error}") from error
    if not answers:
        raise RequestError(f"--ray {address}: expected a Ray cluster at {place}, got something else that listens there")
    return place


@contextmanager
def joined(address: str) -> Iterator[None]:
    """Join a cluster for this block; `local` starts a private one, which ends with the block.

    Ray's lines about lost workers are hidden: the driver reports the cells that fail with them.
    """
    if address == "local":
        os.environ.setdefault("RAY_AUTH_TOKEN", uuid.uuid4().hex)  # else Ray leaves one in the user's home
    ray = import_ray(address)
    place = "local" if address == "local" else locate(address)
    with _folder(place) as own, redirect_stdout(io.StringIO()):
        try:
            ray.init(place, log_to_driver=False, logging_level=CRITICAL, **own)
        except (ray.exceptions.RayError, RuntimeError, OSError, ValueError) as error:
            raise RequestError(f"--ray {address}: expected to join the cluster, got: {_why(error)}") from error
        if current_thread() is main_thread():
            signal.signal(signal.SIGTERM, _end)  # Ray's own handler prints a C++ stack
        try:
            yield
        except ray.exceptions.RayTaskError:  # a fault of ours
            raise
        except ray.exceptions.RayError as error:
            raise RequestError(f"--ray {address}: expected the cluster to do its work, got: {_why(error)}") from error
        finally:
            ray.shutdown()


def _why(error: Exception) -> str:
    """An error of Ray on one line; the remedy for a missing token."""
    text = " ".join(f"{error.__cause__ or error}".split())
    if "InvalidAuthToken" in text or "auth token" in text:
        return "it asks for a token: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN as on its head node"
    return text if len(text) <= LONGEST_ERROR else f"{text[:LONGEST_ERROR]} …"


def _end(*_: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def check_ask(address: str, ask: Ask) -> None:
    """Raise `RequestError` when no node of the joined cluster is large enough for a cell."""
    if not at_a_time(ask):
        nodes = ", ".join(str(Ask(int(cpus), gpus)) for cpus, gpus in _nodes()) or "none"
        raise RequestError(f"--ray {address}: expected a node with {ask} for a cell, got nodes with {nodes}")


def at_a_time(ask: Ask) -> int:
    """Number of cells that the nodes of the joined cluster have room for."""
    return sum(min(_times(cpus, ask.cpus), _times(gpus, ask.gpus)) for cpus, gpus in _nodes())


def _times(there: float, asked: float) -> int:
    """How often a node has what a cell asks for. A share is of one GPU: two hold four shares of 0.4, and no fifth."""
    if not asked:
        return sys.maxsize
    return int(there) * int(1 / asked + 1e-9) if asked < 1 else int(there / asked)  # ten shares of 0.1 make a whole


def _nodes() -> list[tuple[float, float]]:
    """The CPUs and GPUs of every node that is alive."""
    alive = [node["Resources"] for node in import_ray().nodes() if node["Alive"]]
    return [(resources.get("CPU", 0.0), resources.get("GPU", 0.0)) for resources in alive]


def _started_here() -> str:
    """The address that `ray start` left on this machine; empty without one."""
    folder = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp"
    try:
        return regular(Path(folder) / "ray" / "ray_current_cluster").read_text(errors="replace").strip()
    except OSError:
        return ""


def _answers(host: str, port: int) -> bool:
    """Whether the server there speaks gRPC; Ray itself would wait for minutes. Raises `OSError` where none listens."""
    with socket.create_connection((host, port), TIMEOUT) as line:
        if os.environ.get("RAY_USE_TLS", "0") == "1":
            return True
        try:
            line.sendall(PREFACE)
            return line.recv(9, socket.MSG_WAITALL)[3:4] == b"\4"
        except OSError:
            return False


@contextmanager
def _folder(place: str) -> Iterator[dict[str, object]]:
    """The options of a private cluster: one of this machine alone, in a folder that no other user can enter.

    Ray opens its own folder to all users, so it lies in a closed one.
    """
    if place != "local":
        yield {}
        return
    where = tempfile.gettempdir()
    folder = tempfile.mkdtemp(prefix="ray-", dir=where if len(where) <= LONGEST else "/tmp")
    try:
        inside = str(Path(folder) / "r")
        yield {"_temp_dir": inside, "object_store_memory": STORE, "include_dashboard": False}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
