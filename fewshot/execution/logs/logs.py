"""`Logs`: the rows of trainings, written by a thread of its own, so that no log can stop or change a training."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from fewshot.core.errors import one_line
from fewshot.core.notices import note
from fewshot.core.spec.run_spec import RunSpec
from fewshot.execution.context import TakeRows, unlogged
from fewshot.execution.logs.kinds import Log, log_folder, opener
from fewshot.training.meter import Row

PATIENCE = 30.0  # seconds at the end of a command for rows that are not written yet
LONGEST = 200  # characters of an error


class Logs:
    """The logs of one kind, opened as rows come. A run whose log fails has none from then on, with a warning."""

    def __init__(self, kind: str, results: Path) -> None:
        self.kind, self.folder, self.open = kind, log_folder(results, kind), opener(kind)
        self.logs: dict[str, Log] = {}
        self.reached: dict[str, int] = {}  # steps by id
        self.lost: set[str] = set()
        self.rows: SimpleQueue[tuple[RunSpec, list[Row]] | None] = SimpleQueue()
        self.errors: SimpleQueue[str] = SimpleQueue()
        self.thread = Thread(target=self._work, name=f"log {kind}", daemon=True)
        self.thread.start()

    def take(self, spec: RunSpec, rows: Sequence[Row]) -> None:
        """Have rows written soon; this neither waits nor fails."""
        if rows:
            self.rows.put((spec, list(rows)))
        self._report()

    def close(self) -> None:
        """Close all logs once their rows are written, or leave them with a warning where that takes too long."""
        self.rows.put(None)
        self.thread.join(PATIENCE)
        self._report()
        if self.thread.is_alive():
            note(f"--log {self.kind}: not all is written after {PATIENCE:.0f} seconds more; the records are whole")

    def _work(self) -> None:
        while one := self.rows.get():
            spec, rows = one
            if spec.id not in self.lost:
                self._guarded(spec.id, lambda spec=spec, rows=rows: self._write(spec, rows))
        for name in [*self.logs]:
            self._guarded(name, self.logs.pop(name).close)

    def _guarded(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except (Exception, SystemExit) as error:  # a library's, whatever it is: the training goes on
            self.lost.add(name)
            self.errors.put(f"{name} has no log from here on: {one_line(f'{type(error).__name__}: {error}')[:LONGEST]}")

    def _write(self, spec: RunSpec, rows: Sequence[Row]) -> None:
        """Write rows; those that begin again, as of a training that is resumed, replace the log that was there."""
        name = spec.id
        if name not in self.logs or rows[0].step <= self.reached[name]:
            if name in self.logs:
                self.logs.pop(name).close()
            self.logs[name] = self.open(self.folder, spec, len(rows) > 1)
        self.logs[name].write(rows)
        self.reached[name] = rows[-1].step
        if rows[-1].step == spec.training.steps:
            self.logs.pop(name).close()

    def _report(self) -> None:
        while not self.errors.empty():
            note(f"--log {self.kind}: {self.errors.get()}")


@contextmanager
def logged(kind: str | None, results: Path) -> Iterator[TakeRows]:
    """A function that takes the rows of runs while this block lasts; without a kind it keeps none."""
    if not kind:
        yield unlogged
        return
    logs = Logs(kind, results)
    try:
        yield logs.take
    finally:
        logs.close()
