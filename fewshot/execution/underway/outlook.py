"""The outlook of the commands at work on a results folder: where each is and when it ends, in lines of text."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from fewshot.core.errors import one_line
from fewshot.core.progress import DAY, duration
from fewshot.execution.underway.trace import Trace, Work, is_alive, read_traces
from fewshot.records.failures import failed_at
from fewshot.records.sources import digest_of_sources
from fewshot.records.store import record_files, step_of

LONG = 120.0  # seconds without news that are told


@dataclass(frozen=True)
class Outlook:
    """The commands that live and those that were killed, the ids of records and of kept networks, the times of failures
    and the steps of checkpoints by id."""

    alive: list[Trace]
    killed: list[Trace]
    recorded: frozenset[str]
    networks: frozenset[str]
    checkpoints: dict[str, int]
    failed: dict[str, float] = field(default_factory=dict)

    def over(self, trace: Trace) -> frozenset[str]:
        """The ids of the runs that a command needs no more: recorded ones, and those that failed while it was there."""
        if trace.again:
            return self.networks
        return self.recorded | {name for name, when in self.failed.items() if when >= trace.started}

    def left(self, trace: Trace) -> float:
        """The cost of what a command has ahead that nobody has recorded or done yet."""
        there = {name: work for one in self.alive for name, work in one.now.items()}
        over = self.over(trace)
        ahead = [name for name in trace.ahead if name not in over]
        return sum(trace.ahead[name] * (1 - _share(there.get(name))) for name in ahead)

    def seconds(self, trace: Trace) -> float | None:
        """Seconds until the cells of a command are computed, by all commands that share them; None while unknown."""
        ahead = {*trace.ahead} - self.over(trace)
        beside = [one for one in self.alive if one is trace or ahead & {*one.ahead}]
        pace = sum(one.done / one.busy for one in beside if one.busy > 0)
        present = max((work.pace * (work.steps - work.step) for work in trace.now.values()), default=0.0)
        return max(self.left(trace) / pace, present) if pace > 0 else None


def look(results: Path) -> Outlook:
    """The outlook of a results folder."""
    alive, killed = [], []
    for file, trace in read_traces(results):
        (alive if is_alive(file, trace) else killed).append(trace)
    checkpoints = _checkpoints(results)
    some = alive or killed or checkpoints
    recorded = frozenset(file.stem for file in record_files(results)) if some else frozenset()
    networks = frozenset(file.stem for file in (results / "weights").glob("*.safetensors"))
    return Outlook(alive, killed, recorded, networks, checkpoints, failed_at(results))


def lines_of(outlook: Outlook, results: Path, now: float | None = None) -> list[str]:
    """The outlook in words, a line for each command and for each cell that it is at."""
    now = time.time() if now is None else now
    lines = [] if outlook.alive else [f"nothing runs in {results}"]
    for trace in outlook.alive:
        lines += _command(trace, outlook, now)
    for trace in outlook.killed:
        lines.append(f"{one_line(trace.suite)}: {_process(trace)} was killed about {duration(now - trace.updated)} ago")
        lines += [f"  {_killed(name, work, outlook)}" for name, work in _at(trace, outlook).items()]
    told = {name for trace in (*outlook.alive, *outlook.killed) for name in trace.now}
    for name, step in outlook.checkpoints.items():
        if name not in {*told, *outlook.recorded} and not any(name in trace.ahead for trace in outlook.alive):
            lines.append(f"  {name} has stopped at step {step:,}: the same command goes on from there")
    return lines


def _command(trace: Trace, outlook: Outlook, now: float) -> list[str]:
    cells, there = len(trace.ahead), len(outlook.over(trace) & {*trace.ahead})
    since = f"{_process(trace)}, for {duration(now - trace.started)}"
    left = outlook.seconds(trace)
    end = "its end is not known yet" if left is None else f"ends in about {duration(left)}, {_clock(now + left, now)}"
    lines = [f"{one_line(trace.suite)}: {one_line(trace.title)}", f"  {since}; {there} of {cells} runs done; {end}"]
    lines += [f"  {_cell(work)}" for work in _at(trace, outlook).values()]
    if now - trace.updated > LONG:
        lines.append(f"  no news for {duration(now - trace.updated)}")
    return lines


def _cell(work: Work) -> str:
    if not work.steps or work.work != "training":
        return f"{one_line(work.work)}: {one_line(work.label)}"
    share = f"step {work.step:,} of {work.steps:,}, {100 * _share(work):.0f} %"
    left = f", about {duration(work.pace * (work.steps - work.step))} left" if work.pace else ""
    return f"training, {share}{left}: {one_line(work.label)}"


def _killed(name: str, work: Work, outlook: Outlook) -> str:
    step = outlook.checkpoints.get(name)
    on = f"the same command goes on from step {step:,}" if step else "the same command starts it again"
    at = f", at step {work.step:,} of {work.steps:,}: {on}" if work.steps else ""
    return one_line(work.label) + at


def _at(trace: Trace, outlook: Outlook) -> dict[str, Work]:
    """The cells that a command is at, or was when it was killed."""
    over = outlook.over(trace)
    return {name: work for name, work in trace.now.items() if name not in over}


def _process(trace: Trace) -> str:
    return f"process {trace.pid} on {one_line(trace.host)}"


def _share(work: Work | None) -> float:
    return min(1.0, work.step / work.steps) if work and work.steps else 0.0


def _clock(when: float, now: float) -> str:
    form = "at %H:%M" if when - now < DAY / 2 else "%A at %H:%M" if when - now < 6 * DAY else "on %d %B"
    return time.strftime(form, time.localtime(when))


def _checkpoints(results: Path) -> dict[str, int]:
    """The steps at which checkpoints of these sources stand, by id; others are not gone on from."""
    files = sorted((results / "unfinished").glob(f"{'[0-9a-f]' * 12}-*{digest_of_sources()}.pt"))
    return {file.name[:12]: step for file in files if (step := step_of(file))}
