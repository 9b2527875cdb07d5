"""`left`: a trace kept up to date by the progress of a run; where it cannot be written there is none."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from fewshot.core.files import claim, write_whole
from fewshot.core.spec.run_spec import RunSpec
from fewshot.execution.underway.trace import LOCKS, Trace, Work, is_alive, lock_of, read_traces, trace_file, trace_of
from fewshot.records.failures import failure_file
from fewshot.records.kept import weights_file
from fewshot.records.store import find_record
from fewshot.suites.suite import Suite
from fewshot.training.meter import LOOK_EVERY

EVERY = 2.0  # seconds between two writes of the same work
ALIKE = ("learner", "backbone", "similarity", "loss", "protocol")  # parts of a cell before and after its search


class Leaver:
    """The writer of one command's trace."""

    def __init__(self, file: Path, results: Path, trace: Trace, ahead: Sequence[RunSpec]) -> None:
        self.file, self.results, self.trace = file, results, trace
        self.specs = {spec.id: spec for spec in ahead}
        self.first: dict[str, tuple[int, float]] = {}  # by id: the step of the first news of a training, and its time
        self.reached: dict[str, int] = {}  # steps by id
        self.begun = self.written = 0.0
        self.write()

    def move(self, spec: RunSpec, label: str, work: str, step: int) -> None:
        """Take in the progress of a run."""
        now, steps = time.monotonic(), spec.training.steps if spec.trains else 0
        if spec.id not in self.trace.ahead:
            self._take_place(spec)
        before = self.trace.now.get(spec.id)
        if work == "training":
            self._count(spec, step, now)
        first, since = self.first.get(spec.id, (step, now))
        pace = (now - since) / (step - first) if work == "training" and step > first else 0.0
        self.trace.now[spec.id] = Work(label, work, step, steps, pace or (before.pace if before else 0.0))
        if not before or before.work != work or now - self.written >= EVERY:
            self.write()

    def write(self) -> None:
        """Write the trace, without the cells that are over; what cannot be written is left."""
        self.written, self.trace.updated = time.monotonic(), time.time()
        if len(self.trace.now) > 1:
            self.trace.now = {name: work for name, work in self.trace.now.items() if not self._is_over(name)}
        with suppress(OSError):
            write_whole(self.file, self.trace.to_text().encode(), sync=False)

    def _count(self, spec: RunSpec, step: int, now: float) -> None:
        """Count the steps of this command; those of a training that resumes count from its first news."""
        if not self.begun:
            self.begun = now
            self.first[spec.id] = step, now
        first, _ = self.first.setdefault(spec.id, (step, now))
        before = self.reached.get(spec.id, 0 if first <= LOOK_EVERY and self.reached else first)
        self.reached[spec.id] = step
        self.trace.done += self.trace.ahead.get(spec.id, 0.0) * max(0, step - before) / spec.training.steps
        self.trace.busy = now - self.begun

    def _take_place(self, spec: RunSpec) -> None:
        """Have a spec that a search has chosen take the place of the one that stood for it."""
        for name, other in self.specs.items():
            if name in self.trace.ahead and name not in self.reached and _stands_for(other, spec):
                self.trace.ahead[spec.id] = self.trace.ahead.pop(name)
                return
        self.trace.ahead[spec.id] = 0.0

    def _is_over(self, name: str) -> bool:
        spec = self.specs.get(name)
        if spec is None:  # chosen by a search
            return self.trace.now[name].step >= self.trace.now[name].steps
        if self.trace.again:
            return weights_file(self.results, name).exists()
        failed = failure_file(self.results, spec)
        with suppress(OSError):
            if failed.stat().st_mtime > self.trace.started:
                return True
        return find_record(self.results, spec) is not None


@contextmanager
def left(
    results: Path,
    suite: Suite,
    ahead: Sequence[RunSpec],
    seconds: Mapping[str, float] | None = None,
    *,
    again: bool = False,
) -> Iterator[Leaver | None]:
    """A trace of the runs `ahead` in the results folder while this block lasts; None where there can be none.

    `seconds` are those that each training takes, by id; recorded runs are trained `again`. Traces of killed commands on
    the same suite are removed, before and after.
    """
    trained = [spec for spec in ahead if spec.trains]
    known = all((seconds or {}).get(spec.id) for spec in trained)
    cost = {spec.id: 0.0 if not spec.trains else float(spec.training.steps) for spec in ahead}
    cost |= {spec.id: round(seconds[spec.id], 3) for spec in trained} if known and seconds else {}
    file = trace_file(results, f"{os.getpid()}-{uuid4().hex[:8]}")
    with ExitStack() as stack:
        leaver = None
        with suppress(OSError):
            remove_killed(results, suite.name)
            if stack.enter_context(claim(lock_of(file))):
                trace = Trace(suite.name, suite.title, cost, again, started=time.time())
                leaver = Leaver(file, results, trace, ahead)
        try:
            yield leaver
        finally:
            with suppress(OSError):
                for one in (file, lock_of(file)) if leaver else ():
                    one.unlink(missing_ok=True)
                remove_killed(results, suite.name)


def remove_killed(results: Path, suite: str) -> None:
    """Remove the traces of commands on a suite that no longer live, and what was to become one."""
    traces = dict(read_traces(results))
    begun = [trace_of(lock) for lock in (results / "unfinished").glob(LOCKS)]
    for file in {*traces, *begun}:
        trace = traces.get(file)
        if trace and (trace.suite != suite or is_alive(file, trace)):
            continue
        with claim(lock_of(file)) as free:
            for one in (file, *file.parent.glob(f".{file.name}.*.draft"), lock_of(file)) if free else ():
                one.unlink(missing_ok=True)


def _stands_for(one: RunSpec, other: RunSpec) -> bool:
    """Whether a search may turn one spec into the other: the same parts, whatever their options."""
    return _unsearched(one) == _unsearched(other)


def _unsearched(spec: RunSpec) -> list[object]:
    parts = [getattr(spec, name) for name in ALIKE]
    return [*(part and part.name for part in parts), spec.seed, spec.stage, spec.size, spec.members]
