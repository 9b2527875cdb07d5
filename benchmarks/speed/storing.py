"""Seconds of `table` and `run` beside many stored records, and how they grow with the number of these.

`uv run python benchmarks/speed/storing.py [--records 100 1000 5000]`: makes results folders of made-up records in a
temporary folder. Each command is a new process. A folder's records are all read when they are first met ("first"), and
known by an index in the user's cache afterwards, as are contents that were checked; the median of three is of these.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from fewshot.core.spec.run_spec import RunSpec
from fewshot.records.answers import ClassCounts, PairClasses
from fewshot.records.index import SETTLED
from fewshot.records.record import RunRecord
from fewshot.records.store import record_file, write_record
from fewshot.suites.suite import Suite, read_suite

LOSSES = ("verification", "contrastive", "triplet", "prototypical", "nca")
DIFFERENT = 20  # records, whose values the others repeat
CLASSES, EPISODES, QUERIES, PAIRS = 60, 400, 25, 500
COMMANDS = {
    "table, 5 cells, first": ("table", "five.toml"),
    "table, 5 cells": ("table", "five.toml"),
    "table, all": ("table", "all.toml"),
    "run, nothing to do": ("run", "all.toml"),
}
ROUNDS = 3
SUITE = """title = "Made up"
dataset = "typefaces"
protocol = "scripts"
size = 28
seeds = {seeds}
backbones = ["conv4"]
losses = {losses}
training = {{ task = {{ way = 20, shot = 1, query = 4 }}, steps = 100 }}
"""


def suites(folder: Path, number: int) -> Suite:
    """The suite of `number` cells, five losses with as many seeds each; a file of it, and one of a seed alone."""
    for name, seeds in (("five", 1), ("all", number // len(LOSSES))):
        (folder / f"{name}.toml").write_text(SUITE.format(seeds=[*range(seeds)], losses=json.dumps(LOSSES)))
    return read_suite(str(folder / "all.toml"))


def record(spec: RunSpec, number: int) -> RunRecord:
    """A made-up record of two kinds of task, with the answers by class and the classes of pairs."""
    draw = np.random.default_rng(number)
    accuracy, answers = {}, {}
    for way, shot in ((5, 1), (20, 1)):
        right = draw.binomial(QUERIES, 0.7 + 0.2 * draw.random(), EPISODES)
        asked = EPISODES * QUERIES // CLASSES + np.arange(CLASSES) % 2
        asked[: EPISODES * QUERIES - asked.sum()] += 1
        of_class = draw.multivariate_hypergeometric(asked, right.sum())
        beside = of_class * way
        wrong = [(one, (one + 1) % CLASSES, 1) for one in range(CLASSES) if of_class[one] < asked[one]]
        task = f"{way}-way {shot}-shot"
        accuracy[task] = (right / QUERIES).tolist()
        answers[task] = ClassCounts(way, False, asked.tolist(), of_class.tolist(), beside.tolist(), wrong)
    same, different = draw.normal(1, 1, PAIRS).tolist(), draw.normal(-1, 1, PAIRS).tolist()
    classes = tuple(f"script {one // 10}/letter {one}" for one in range(CLASSES))
    pairs = [(one % CLASSES, (one + 1) % CLASSES) for one in range(PAIRS)]
    facts = {"commit": "0" * 40, "dirty": False, "seconds": 1.0}
    return RunRecord(
        spec,
        accuracy,
        same,
        different,
        curve=[(100, 1.0, None)],
        kept=100,
        digests={"test": "0" * 64},
        facts=facts,
        classes=classes,
        answers=answers,
        pair_classes=PairClasses([one % CLASSES for one in range(PAIRS)], pairs),
    )


def fill(folder: Path, number: int) -> int:
    """Write the suites and the records of `number` cells, and return the mean length of a record."""
    lengths, made = [], []
    for place, spec in enumerate(suites(folder, number).specs):
        made += [record(spec, place)] if len(made) < DIFFERENT else []
        write_record(replace(made[place % DIFFERENT], spec=spec), file := record_file(folder / "results", "all", spec))
        lengths.append(file.stat().st_size)
    return round(statistics.mean(lengths))


def measure(number: int) -> dict[str, float]:
    """Seconds of each command beside `number` records."""
    with tempfile.TemporaryDirectory() as place:
        print(f"{number:,} records of {fill(Path(place), number) / 1000:.0f} kB", flush=True)
        time.sleep(SETTLED / 1e9)
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ["FEWSHOT_CACHE"] = str(Path(place, "cache"))
        found = {}
        for name, (command, suite) in COMMANDS.items():
            words = [sys.executable, "-m", "fewshot", command, suite, "--results", "results"]
            rounds = [_seconds(words, place, environ) for _ in range(1 if name.endswith("first") else ROUNDS)]
            found[name] = statistics.median(rounds)
            print(f"  {name:24}{found[name]:8.2f} s", flush=True)
    return found


def _seconds(words: list[str], place: str, environ: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(words, cwd=place, env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> None:
    """Print the seconds, and by what power of the number of records they grow between the last two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, nargs="+", default=[100, 1000, 5000])
    numbers = parser.parse_args().records
    found = {number: measure(number) for number in numbers}
    print(f"\n| seconds beside so many records | {' | '.join(f'{number:,}' for number in numbers)} | growth |")
    print(f"|---|{'---|' * (len(numbers) + 1)}")
    for name in COMMANDS:
        each = [found[number][name] for number in numbers]
        growth = np.log(each[-1] / each[-2]) / np.log(numbers[-1] / numbers[-2]) if len(each) > 1 else 0.0
        print(f"| {name} | {' | '.join(f'{one:.2f}' for one in each)} | n^{growth:.2f} |")


if __name__ == "__main__":
    main()
