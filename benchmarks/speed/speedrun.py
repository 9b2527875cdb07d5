"""The recipes of the suite `speedrun` in words: accuracy at their end, on val and on the official trials, and time.

`uv run python benchmarks/speed/speedrun.py` writes them beside the records that `fewshot run speedrun` made.
"""

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fewshot.core.files import write_whole
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.statistics.intervals import t_interval
from fewshot.records.record import RunRecord
from fewshot.records.store import read_records
from fewshot.reporting.columns import shown
from fewshot.suites.suite import read_suite

COLUMNS = ("network", "px", "images a step", "steps", "views", "val, seeds", "val, least to most")
COLUMNS += ("val, learned from it", "seconds a run", "official trials", "processor, threads")
CEILING = "ceiling.json"  # what `ceiling.py` found, beside the other results of speed


def report(results: Path) -> str:
    """The recipes by what is recorded of them."""
    file = results / "speed" / CEILING
    ceiling = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return "\n".join(_lines(read_records(results), ceiling)) + "\n"


def _lines(records: dict[str, RunRecord], ceiling: dict[str, dict]) -> Iterator[str]:
    yield from (f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}")
    for on_val, official in zip(_recipes("val"), _recipes("test"), strict=True):
        done, asked = ([records[spec.id] for spec in specs if spec.id in records] for specs in (on_val, official))
        if done:
            yield _row(done, asked, ceiling)


def _recipes(stage: str) -> Iterable[list[RunSpec]]:
    """The specs of each recipe, which differ in the seed alone."""
    found: dict[str, list[RunSpec]] = {}
    for spec in read_suite("speedrun", stage=stage).specs:
        found.setdefault(replace(spec, seed=0).id, []).append(spec)
    return found.values()


def _row(done: Sequence[RunRecord], asked: Sequence[RunRecord], ceiling: dict[str, dict]) -> str:
    spec = done[0].spec
    means = [100 * statistics.fmean(_accuracies(record)) for record in done]
    seconds = [record.facts["seconds"] for record in (*done, *asked)]
    seen = [100 * statistics.fmean(ceiling[record.id]["accuracy"]) for record in done if record.id in ceiling]
    machines = {f"{record.facts['processor']}, {record.facts['threads']}" for record in (*done, *asked)}
    cells = (
        shown(spec, "network"),
        shown(spec, "size"),
        f"{spec.training.images_a_step:,}",
        f"{spec.training.steps:,}",
        shown(spec, "views"),
        f"{statistics.fmean(means):.1f} (n = {len(means)})",
        f"{min(means):.1f} to {max(means):.1f}",
        "; ".join(f"{mean:.1f}" for mean in seen) or "–",
        f"{statistics.median(seconds):.0f} ({min(seconds):.0f} to {max(seconds):.0f})",
        _official(asked),
        "; ".join(sorted(machines)),
    )
    return f"| {' | '.join(cells)} |"


def _official(asked: Sequence[RunRecord]) -> str:
    """The accuracy on the official trials: of one training with its interval over runs, of several least and most."""
    if len(asked) == 1:
        return f"{t_interval(_accuracies(asked[0]))} (seed {asked[0].spec.seed})"
    means = [100 * statistics.fmean(_accuracies(record)) for record in asked]
    return f"{statistics.fmean(means):.1f} (n = {len(means)}, {min(means):.1f} to {max(means):.1f})" if means else "–"


def _accuracies(record: RunRecord) -> Sequence[float]:
    (values,) = record.accuracy.values()
    return values


if __name__ == "__main__":
    words = report(Path("results"))
    write_whole(Path("results") / "speed" / "speedrun.md", words.encode())
    print(words, end="")
