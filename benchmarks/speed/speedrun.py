"""The recipes of the suite `speedrun` in words: accuracy at their end, on val and on the official trials, and time.

`uv run python benchmarks/speed/speedrun.py` writes them beside the records that `fewshot run speedrun` made.
"""

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from fewshot.files import write_whole
from fewshot.keys import shown
from fewshot.record import RunRecord, read_records
from fewshot.stats import t_interval
from fewshot.suites import read_suite

HEAD = (
    "| network | steps | val, seeds | val, least to most | minutes a run | official trials | processor, threads |",
    "|---|---|---|---|---|---|---|",
)


def report(results: Path) -> str:
    """The recipes by what is recorded of them."""
    return "\n".join(_lines(read_records(results))) + "\n"


def _lines(records: dict[str, RunRecord]) -> Iterator[str]:
    yield from HEAD
    of_stage = {stage: read_suite("speedrun", stage=stage).cells for stage in ("val", "test")}
    for cell, official in zip(of_stage["val"], of_stage["test"], strict=True):
        done = [records[spec.id] for spec in cell.finals if spec.id in records]
        asked = [records[spec.id] for spec in official.finals if spec.id in records]
        if done:
            yield _row(done, asked)


def _row(done: Sequence[RunRecord], asked: Sequence[RunRecord]) -> str:
    spec = done[0].spec
    means = [100 * statistics.fmean(_accuracies(record)) for record in done]
    minutes = [record.facts["seconds"] / 60 for record in (*done, *asked)]
    machines = {f"{record.facts['processor']}, {record.facts['threads']}" for record in (*done, *asked)}
    cells = (
        shown(spec, "network"),
        f"{spec.training.steps:,}",
        f"{statistics.fmean(means):.1f} (n = {len(means)})",
        f"{min(means):.1f} to {max(means):.1f}",
        f"{statistics.median(minutes):.1f} ({min(minutes):.1f} to {max(minutes):.1f})",
        "; ".join(_official(record) for record in asked) or "–",
        "; ".join(sorted(machines)),
    )
    return f"| {' | '.join(cells)} |"


def _official(record: RunRecord) -> str:
    return f"{t_interval(_accuracies(record))} (seed {record.spec.seed})"


def _accuracies(record: RunRecord) -> Sequence[float]:
    (values,) = record.accuracy.values()
    return values


if __name__ == "__main__":
    words = report(Path("results"))
    write_whole(Path("results") / "speed" / "speedrun.md", words.encode())
    print(words, end="")
