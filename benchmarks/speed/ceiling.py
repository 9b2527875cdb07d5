"""What the recipes of the speedrun reach on val when they learn from val too, its trials' very images included.

`uv run python benchmarks/speed/ceiling.py` trains each once, on two threads, and keeps every trial's accuracy. A recipe
that has not seen val can hardly do better there. These are no results of one-shot learning, and `fewshot run` refuses
the like.
"""

import json
import statistics
import time
from pathlib import Path

import torch
from speedrun import CEILING

import fewshot
from fewshot.core.device import device_facts
from fewshot.core.files import write_whole
from fewshot.core.spec.run_spec import RunSpec
from fewshot.data.locations import data_folders
from fewshot.evaluation.measure import measure
from fewshot.execution.run import train_parts
from fewshot.protocols import with_own_split
from fewshot.records.facts import machine_facts
from fewshot.registry.resolved import Resolved
from fewshot.reporting.columns import shown
from fewshot.suites.suite import read_suite

LEARNED = "train+val"


def main() -> None:
    """One entry a recipe, by the id of its cell of seed 0, which learns from train alone."""
    torch.set_num_threads(read_suite("speedrun", stage="val").threads)
    found = {}
    for spec in recipes():
        found[spec.id] = measured(spec)
        print(shown(spec, "network"), statistics.fmean(found[spec.id]["accuracy"]))
    write_whole(Path("results") / "speed" / CEILING, (json.dumps(found) + "\n").encode())


def recipes() -> list[RunSpec]:
    """The suite's cells of seed 0."""
    return [spec for spec in read_suite("speedrun", stage="val").specs if spec.seed == 0]


def measured(spec: RunSpec) -> dict:
    """The accuracy of each val trial of a spec that learns from train and val, and how it was found."""
    begin, folders = time.perf_counter(), data_folders(None)
    protocol = with_own_split(spec.protocol, spec.dataset, folders)
    learned, val = (fewshot.load_split("omniglot", protocol.name, split, size=spec.size) for split in (LEARNED, "val"))
    learner, trained = train_parts(Resolved(spec), learned)
    (accuracy,) = measure(learner, val, protocol, "val").accuracy.values()
    facts = {"learned_from": LEARNED, "steps": trained.kept, "seconds": round(time.perf_counter() - begin, 1)}
    return {"accuracy": accuracy, "facts": facts | machine_facts() | device_facts(val.device)}


if __name__ == "__main__":
    main()
