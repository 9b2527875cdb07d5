"""A training step in bfloat16 by torch's own products and by products in float32 that are rounded, beside float32.

`uv run python benchmarks/speed/rounding.py`: writes `results/speed/bfloat16.md`. The ways take turns, and nothing else
should run meanwhile. Trainings take the first way where torch has fast products of bfloat16, else the second.
"""

import argparse
import statistics
from dataclasses import replace
from pathlib import Path

from turns import ratio

from fewshot.core.allocator import keep_memory
from fewshot.core.device import device_facts, multiplies_bfloat16, pick_device
from fewshot.core.files import write_whole
from fewshot.execution.estimate import step_seconds
from fewshot.records.facts import machine_facts
from fewshot.suites.suite import read_suite
from fewshot.training import precision

WAYS = {  # a name for each precision, and whether torch's own products of bfloat16 are taken
    "float32": ("float32", True),
    "bfloat16, rounded products of float32": ("bfloat16", False),
    "bfloat16, torch's own products": ("bfloat16", True),
}


def seconds(spec, kind: str, own: bool) -> float:
    """Seconds of a step in this precision."""
    precision.multiplies_bfloat16 = lambda: own
    try:
        return step_seconds(replace(spec, training=replace(spec.training, precision=kind)), "cpu")
    finally:
        precision.multiplies_bfloat16 = multiplies_bfloat16


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=Path("results") / "speed")
    options = parser.parse_args()
    keep_memory()  # as trainings do
    spec = next(cell.start for cell in read_suite("losses").cells if cell.start.loss.name == "info_nce")
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(options.rounds):
        for name, (kind, own) in WAYS.items():
            found[name].append(seconds(spec, kind, own))
    facts = machine_facts() | device_facts(pick_device("cpu"))
    taken = "torch's own" if multiplies_bfloat16() else "the rounded ones"
    lines = [
        f"**{facts['processor']}, {facts['instructions']}, {facts['threads']} threads, torch "
        f"{facts['versions']['torch']}**; medians of {options.rounds} rounds, ratios (least to most) by round; conv4, "
        f"200 images of 32 px, info_nce; trainings in bfloat16 take {taken} here",
        "",
        "| products | ms a step | times float32 |",
        "|---|---|---|",
    ]
    for name, each in found.items():
        times = "" if name == "float32" else str(ratio(each, found["float32"]))
        lines.append(f"| {name} | {1000 * statistics.median(each):.0f} | {times} |")
    text = "\n".join(lines) + "\n"
    options.results.mkdir(parents=True, exist_ok=True)
    write_whole(options.results / "bfloat16.md", text.encode())
    print(text, end="")


if __name__ == "__main__":
    main()
