"""`Trace`: the file that a command at work leaves in its results folder, and its reading.

It is `unfinished/run-NAME.json`, beside a lock that the command holds as long as it lives, and is removed at its end.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fewshot.core.files import claim, regular

FILES, LOCKS = "run-*.json", "run-*.lock"


@dataclass
class Work:
    """A cell that a command is at: its label and present work, its step of so many, seconds a step (0: not known)."""

    label: str
    work: str
    step: int
    steps: int
    pace: float = 0.0


@dataclass
class Trace:
    """A command at work: its process, its suite, the cells ahead with their costs, those that it is at, by id.

    Costs are seconds of training as estimated, or steps. `done` is the cost of what was trained within `busy` seconds,
    and times are seconds since 1970. Recorded cells are trained `again` for their networks.
    """

    suite: str
    title: str
    ahead: dict[str, float]
    again: bool = False
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)
    started: float = 0.0
    updated: float = 0.0
    done: float = 0.0
    busy: float = 0.0
    now: dict[str, Work] = field(default_factory=dict)

    def to_text(self) -> str:
        """JSON, for `read_trace`."""
        return json.dumps(asdict(self))


def trace_file(results: Path, name: str) -> Path:
    """The path of a command's trace."""
    return results / "unfinished" / f"run-{name}.json"


def lock_of(file: Path) -> Path:
    """The lock that a command holds beside its trace."""
    return file.with_suffix(".lock")


def trace_of(lock: Path) -> Path:
    """The trace beside a lock."""
    return lock.with_suffix(".json")


def read_traces(results: Path) -> Iterator[tuple[Path, Trace]]:
    """The traces in a results folder, oldest first; those that no fewshot has written are passed over."""
    found = []
    for file in (results / "unfinished").glob(FILES):
        with suppress(OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
            found.append((file, read_trace(regular(file).read_text("utf-8"))))
    yield from sorted(found, key=lambda one: one[1].started)


def read_trace(text: str) -> Trace:
    """The trace of a text. Raises `ValueError`, `TypeError`, `AttributeError` or `LookupError` for another one."""
    plain = json.loads(text)
    plain["now"] = {str(name): Work(**work) for name, work in plain["now"].items()}
    trace = Trace(**plain)
    numbers = [trace.started, trace.updated, trace.done, trace.busy, *trace.ahead.values()]
    numbers += [value for work in trace.now.values() for value in (work.step, work.steps, work.pace)]
    texts = [
        trace.suite,
        trace.title,
        trace.host,
        *(one for work in trace.now.values() for one in (work.label, work.work)),
    ]
    if not {int, float}.issuperset(map(type, numbers)) or not {str}.issuperset(map(type, texts)):
        raise ValueError("expected the trace of a command")
    return trace


def is_alive(file: Path, trace: Trace) -> bool:
    """Whether the command of a trace still lives: it holds its lock, and here its process is there too."""
    if os.name == "posix" and trace.host == socket.gethostname():
        try:
            os.kill(trace.pid, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError, TypeError):  # another user's
            pass
    with suppress(OSError):  # of a folder that cannot be written: the process has to do
        if lock_of(file).exists():
            with claim(lock_of(file)) as free:
                return not free
        return False
    return True
