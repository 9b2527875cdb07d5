"""Contestants measured by turns, each in a process of its own, so that what slows the machine slows all of them."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

Work = Callable[[], object]
Make = Callable[..., Work]  # from plain arguments to what is timed; its own time does not count


@dataclass(frozen=True)
class Contestant:
    """Who does so many pieces of the work at a call, and how: `make(*given)` gives the call."""

    name: str
    make: Make
    given: tuple = ()
    pieces: int = 1


@dataclass(frozen=True)
class Ratio:
    """How many times as long one took as another in the same round: the median, and the least and most of all."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.3g} ({self.least:.3g} to {self.most:.3g})"


def by_turns(contestants: Sequence[Contestant], rounds: int) -> dict[str, list[float]]:
    """Seconds a piece that each took in every round; one round before warms up and does not count."""
    context = multiprocessing.get_context("spawn")
    ends, processes = {}, []
    try:
        for one in contestants:
            ends[one.name], far = context.Pipe()
            processes.append(context.Process(target=_serve, args=(far, one), daemon=True))
            processes[-1].start()
            far.close()
            ends[one.name].recv()  # it is ready before the next one starts
        found = {one.name: [] for one in contestants}
        for number in range(rounds + 1):
            for one in contestants:
                ends[one.name].send("go")
                seconds = ends[one.name].recv()
                if number:
                    found[one.name].append(seconds / one.pieces)
        return found
    finally:
        for process in processes:
            process.kill()


def _serve(end: Connection, one: Contestant) -> None:
    work = one.make(*one.given)
    end.send("ready")
    while end.recv():
        begin = time.perf_counter()
        work()
        end.send(time.perf_counter() - begin)


def ratio(slow: Sequence[float], fast: Sequence[float]) -> Ratio:
    """Of two contestants, round by round."""
    each = [theirs / ours for theirs, ours in zip(slow, fast, strict=True)]
    return Ratio(statistics.median(each), min(each), max(each))
