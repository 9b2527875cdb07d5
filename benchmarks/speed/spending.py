"""Where the speedrun's time goes: a step of each recipe beside the machine's matrix products, and a run's end.

`uv run python benchmarks/speed/spending.py` writes `results/speed/spending.json` and its words. Steps and products take
turns on the suite's threads; nothing else should run meanwhile.
"""

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import learning
import multiplying
import profiling
import torch
from ceiling import recipes
from turns import Contestant, Work, by_turns, ratio

import fewshot
from fewshot.core.device import device_facts
from fewshot.core.files import write_whole
from fewshot.core.spec.run_spec import RunSpec
from fewshot.data.bank import ImageBank
from fewshot.data.locations import data_folders
from fewshot.evaluation.measure import measure
from fewshot.protocols import with_own_split
from fewshot.records.facts import machine_facts
from fewshot.registry.resolved import Resolved
from fewshot.reporting.columns import shown
from fewshot.suites.suite import read_suite
from fewshot.training.batches import batches, class_count
from fewshot.training.build import make_learner, make_loss

ROUNDS = 5
KINDS = profiling.KINDS | {"distortions": ("grid_sampler",), "optimiser": ("Optimizer",)}
COLUMNS = ("network", "images a step", "ms a step", "10⁹ operations a second", "matrix products", "share", "steps")
COLUMNS += ("seconds of all steps", "of the measurement on val")


def main() -> None:
    """One entry a recipe, and the products that took turns with them."""
    threads = read_suite("speedrun", stage="val").threads
    torch.set_num_threads(threads)
    specs = recipes()
    steps = [Contestant(spec.id, steps_of, (spec, threads), learning.STEPS["cpu"]) for spec in specs]
    products = Contestant("products", products_of, (specs[0].training.precision, threads), multiplying.PRODUCTS["cpu"])
    seconds = by_turns([*steps, products], ROUNDS)
    found = {
        "facts": machine_facts() | device_facts(torch.device("cpu")) | {"rounds": ROUNDS},
        "operations": {spec.id: operations_of(spec) for spec in specs} | {"products": 2 * multiplying.SIDE["cpu"] ** 3},
        "seconds": seconds,
        "measuring": {spec.id: measuring(spec) for spec in specs},
        "shares": {spec.id: profiling.shares(steps_of(spec, threads), "cpu", KINDS) for spec in specs},
    }
    words, folder = report(found), Path("results") / "speed"
    write_whole(folder / "spending.json", (json.dumps(found, indent=1) + "\n").encode())
    write_whole(folder / "spending.md", words.encode())
    print(words, end="")


def steps_of(spec: RunSpec, threads: int) -> Work:
    """Whole steps of a recipe."""
    torch.set_num_threads(threads)
    return learning.whole_steps(spec, _bank(spec, "train"), "cpu")


def products_of(precision: str, threads: int) -> Work:
    """Matrix products of the recipes' precision."""
    torch.set_num_threads(threads)
    return multiplying.products(precision, "cpu")


def operations_of(spec: RunSpec) -> int:
    """Multiplications and additions of a step of a recipe."""
    bank = _bank(spec, "train")
    learner = make_learner(Resolved(spec), bank.shape)
    loss = make_loss(Resolved(spec), learner, class_count(bank, spec.training), bank.device)
    return multiplying.operations(learner, loss, batches(bank, spec.training, 0)(0))


def measuring(spec: RunSpec) -> float:
    """Seconds that everything takes that is measured on val when a recipe has ended."""
    bank = _bank(spec, "val")
    learner = make_learner(Resolved(spec), bank.shape).to(memory_format=torch.channels_last)
    protocol = with_own_split(spec.protocol, spec.dataset, data_folders(None))
    begin = time.perf_counter()
    measure(learner, bank, protocol, "val")
    return time.perf_counter() - begin


def _bank(spec: RunSpec, split: str) -> ImageBank:
    return fewshot.load_split(spec.dataset.name, spec.protocol.name, split, size=spec.size)


def report(found: dict) -> str:
    """All of it in words; equal measurements give equal words."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: dict) -> Iterator[str]:
    facts, seconds, operations, shares = (found[key] for key in ("facts", "seconds", "operations", "shares"))
    rates = {name: [operations[name] / one for one in values] for name, values in seconds.items()}
    products = rates.pop("products")
    yield f"**{facts['processor']}, {facts['threads']} threads, torch {facts['versions']['torch']}**"
    yield ""
    yield f"Medians of {facts['rounds']} rounds of steps and products by turns; share (least to most) by round."
    yield from ("", f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}")
    specs = {spec.id: spec for spec in recipes() if spec.id in rates}
    for name, spec in specs.items():
        step, number = statistics.median(seconds[name]), spec.training.steps
        cells = (
            shown(spec, "network"),
            f"{spec.training.images_a_step:,}",
            f"{1000 * step:.0f}",
            *(f"{statistics.median(of) / 1e9:.0f}" for of in (rates[name], products)),
            str(ratio(rates[name], products)),
            f"{number:,}",
            f"{number * step:.0f}",
            f"{found['measuring'][name]:.1f}",
        )
        yield f"| {' | '.join(cells)} |"
    heads = [f"{shown(spec, 'network')}, {spec.training.images_a_step:,} images" for spec in specs.values()]
    yield from ("", f"| where a step's time goes, % | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}")
    for kind in (*KINDS, profiling.OTHER):
        yield f"| {kind} | {' | '.join(f'{100 * shares[name][kind]:.0f}' for name in specs)} |"


if __name__ == "__main__":
    main()
