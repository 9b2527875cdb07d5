"""Parameters and seconds a training step of each row of a suite, on this machine.

`uv run python benchmarks/speed/costing.py [losses]`: writes `results/speed/<suite>-cost.md`. The rows take turns, and
nothing else should run meanwhile.
"""

import argparse
import statistics
from pathlib import Path

from fewshot.core.device import device_facts, pick_device
from fewshot.core.files import write_whole
from fewshot.core.spec.run_spec import RunSpec
from fewshot.execution.estimate import step_seconds
from fewshot.protocols import load_protocol
from fewshot.records.facts import machine_facts
from fewshot.registry.resolved import Resolved
from fewshot.reporting.labels import table_labels
from fewshot.suites.suite import read_suite
from fewshot.tasks.images import image_shape
from fewshot.training.batches import turned
from fewshot.training.build import make_learner, make_loss

HEAD = "| method | parameters of the network and its similarity | of the loss | ms a step | times the fastest |"


def parameters(spec: RunSpec) -> tuple[int, int]:
    """The numbers of a spec's learner and of its loss, as class vectors."""
    parts = Resolved(spec)
    learner = make_learner(parts, image_shape(parts))
    classes = len(load_protocol(spec.protocol).learned_from(spec.training.learn))
    loss = make_loss(parts, learner, turned(classes, spec.training), pick_device("cpu"))
    own, beside = ([one.numel() for one in part.parameters()] for part in (learner, loss))
    return sum(own), sum(beside)


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", nargs="?", default="losses")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=Path("results") / "speed")
    options = parser.parse_args()
    specs = [cell.start for cell in read_suite(options.suite).cells if cell.start.training]
    specs = list({spec.method: spec for spec in specs}.values())
    seconds: dict[str, list[float]] = {spec.id: [] for spec in specs}
    for _ in range(options.rounds):
        for spec in specs:
            seconds[spec.id].append(step_seconds(spec, "cpu"))
    middle = {name: statistics.median(found) for name, found in seconds.items()}
    facts = machine_facts() | device_facts(pick_device("cpu"))
    lines = [
        f"**{facts['processor']}, {facts['threads']} threads, torch {facts['versions']['torch']}**; medians of "
        f"{options.rounds} rounds; a step without the drawing of its tasks",
        "",
        HEAD,
        "|---|---|---|---|---|",
    ]
    for spec, label in zip(specs, table_labels(specs), strict=True):
        own, beside = (f"{number:,}" for number in parameters(spec))
        time = middle[spec.id]
        lines.append(f"| {label} | {own} | {beside} | {1000 * time:.0f} | {time / min(middle.values()):.2f} |")
    text = "\n".join(lines) + "\n"
    options.results.mkdir(parents=True, exist_ok=True)
    write_whole(options.results / f"{options.suite}-cost.md", text.encode())
    print(text, end="")


if __name__ == "__main__":
    main()
