"""What the machine's own matrix products reach, and a training step of ours beside them, in operations a second.

The step is that of `stepping`; its operations are those of its convolutions and matrix products, forward and back.
"""

from itertools import cycle

import stepping
import torch
from torch.utils.flop_counter import FlopCounterMode
from turns import Contestant, Work, by_turns

from fewshot.losses import bind
from fewshot.losses.prototypical import prototypical
from fewshot.memory import keep_memory

SIDE = {"cpu": 2048, "cuda": 8192}  # of the matrices
PRODUCTS = {"cpu": 2, "cuda": 50}  # in a round
PRECISIONS = ("float32", "bfloat16")


def products(precision: str, device: str) -> Work:
    """Square matrices multiplied."""
    keep_memory()
    left, right = torch.randn(2, SIDE[device], SIDE[device], device=device, dtype=getattr(torch, precision))
    found = torch.empty_like(left)

    def work() -> None:
        for _ in range(PRODUCTS[device]):
            torch.mm(left, right, out=found)
        found[0, 0].item()  # waits for a GPU

    return work


def operations_of_a_step() -> int:
    """Multiplications and additions of a step's convolutions and matrix products."""
    one, learner = next(cycle(stepping.tasks("cpu"))), stepping.our_learner("cpu")
    with FlopCounterMode(display=False) as counter:
        learner.objective(one, bind(prototypical, {}, 64, 1)).backward()
    return counter.get_total_flops()


def measure(rounds: int, device: str) -> dict[str, object]:
    """Operations of a step, and operations a second of products in every round, by precision."""
    each = 2 * SIDE[device] ** 3
    found = by_turns([Contestant(name, products, (name, device), PRODUCTS[device]) for name in PRECISIONS], rounds)
    rates = {name: [each / seconds for seconds in found[name]] for name in PRECISIONS}
    return {"operations": operations_of_a_step(), "rates": rates}
