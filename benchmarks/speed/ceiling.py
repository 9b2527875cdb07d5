"""What the recipes of the speedrun reach on val when val itself is what they learn from: how far val can be learned.

`uv run python benchmarks/speed/ceiling.py` trains each once, on two threads, and keeps every trial's accuracy. These
are no results of one-shot learning, and `fewshot run` refuses the like.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import torch
from speedrun import CEILING

import fewshot
from fewshot.datasets import data_folders
from fewshot.device import device_facts
from fewshot.evaluation import evaluate
from fewshot.files import write_whole
from fewshot.keys import shown
from fewshot.posed import posed
from fewshot.record import machine_facts
from fewshot.run import train_spec
from fewshot.spec import RunSpec
from fewshot.suites import read_suite

LEARNED = "train+val"


def main() -> None:
    """One entry a recipe, by the id of its cell of seed 0, which learns from train alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, help="instead of the recipes' own")
    parser.add_argument("--results", type=Path, default=Path("results") / "speed")
    options = parser.parse_args()
    suite, found = read_suite("speedrun", stage="val"), {}
    torch.set_num_threads(suite.threads)
    for spec in (spec for spec in suite.specs if spec.seed == 0):
        steps = {"steps": options.steps, "val_every": options.steps} if options.steps else {}
        found[spec.id] = measured(replace(spec, training=replace(spec.training, **steps)))
        print(shown(spec, "network"), sum(found[spec.id]["accuracy"]) / len(found[spec.id]["accuracy"]))
    options.results.mkdir(parents=True, exist_ok=True)
    write_whole(options.results / CEILING, (json.dumps(found) + "\n").encode())


def measured(spec: RunSpec) -> dict:
    """The accuracy of each val trial of a spec that learns from train and val, and how it was found."""
    begin, folders = time.perf_counter(), data_folders(None)
    protocol = posed(spec.protocol, spec.dataset, folders)
    learned, val = (fewshot.load("omniglot", protocol.name, split, size=spec.size) for split in (LEARNED, "val"))
    learner, trained = train_spec(spec, learned)
    (accuracy,) = evaluate(learner, val, protocol, "val").accuracy.values()
    facts = {"learned_from": LEARNED, "steps": trained.kept, "seconds": round(time.perf_counter() - begin, 1)}
    return {"accuracy": accuracy, "facts": facts | machine_facts() | device_facts(val.device)}


if __name__ == "__main__":
    main()
