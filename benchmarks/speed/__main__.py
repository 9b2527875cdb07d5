"""Measure ours against learn2learn and easyfsl on this machine, print the ratios and keep them.

`uv run --all-groups python benchmarks/speed [--rounds N] [--device cuda] [--results DIR]`. Nothing else should run
meanwhile. Omniglot is looked for where `fewshot run` looks for it.
"""

import argparse
import json
from pathlib import Path

import answering
import drawing
import evaluating
import holding
import learning
import multiplying
import profiling
import stepping
from report import report

from fewshot.core.device import device_facts, pick_device
from fewshot.core.files import write_whole
from fewshot.records.facts import machine_facts


def main() -> None:
    """One file of seconds and one of words, named for the processor, its threads and the device."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--results", type=Path, default=Path("results") / "speed")
    options = parser.parse_args()
    device = options.device
    facts = machine_facts() | device_facts(pick_device(device)) | {"rounds": options.rounds}
    found = {
        "facts": facts,
        "same": {"loss": stepping.check(device), "accuracy": evaluating.check(device)},
        "drawing": drawing.measure(options.rounds),
        "step": stepping.measure(options.rounds, device),
        "matrices": multiplying.measure(options.rounds, device),
        "learning": learning.measure(options.rounds, device),
        "evaluation": evaluating.measure(options.rounds, device),
        "answers": answering.measure(options.rounds),
        "holding": holding.measure(),
        "shares": profiling.measure(device),
    }
    name = (
        f"{facts['processor']} {facts['threads']} threads".lower().replace(" ", "-").replace("(", "").replace(")", "")
    )
    options.results.mkdir(parents=True, exist_ok=True)
    write_whole(options.results / f"{name}.json", (json.dumps(found, indent=1) + "\n").encode())
    words = report(found)
    write_whole(options.results / f"{name}.md", words.encode())
    print(words, end="")


if __name__ == "__main__":
    main()
