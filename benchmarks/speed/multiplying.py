"""Operations a second of a training step of ours, and of the machine's own matrix products, by turns.

The step is that of `stepping`; its operations are those of its convolutions and matrix products, forward and back. On a
GPU products of float32 are as exact as torch's convolutions are there, which is TF32.
"""

import stepping
import torch
from torch.utils.flop_counter import FlopCounterMode
from turns import Contestant, Work, by_turns

from fewshot.core.allocator import keep_memory
from fewshot.core.recipe import PRECISIONS
from fewshot.core.types import Batch, Learner, Loss

SIDE = {"cpu": 2048, "cuda": 8192}  # of the matrices
PRODUCTS = {"cpu": 4, "cuda": 50}  # in a round


def products(precision: str, device: str) -> Work:
    """Square matrices multiplied."""
    keep_memory()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32
    left, right = torch.randn(2, SIDE[device], SIDE[device], device=device, dtype=getattr(torch, precision))
    found = torch.empty_like(left)

    def work() -> None:
        for _ in range(PRODUCTS[device]):
            torch.mm(left, right, out=found)
        found[0, 0].item()  # waits for a GPU

    return work


def operations_of_a_step() -> int:
    """Those of a step of `stepping`."""
    return operations(stepping.our_learner("cpu"), stepping.our_loss(), stepping.tasks("cpu")[0])


def operations(learner: Learner, loss: Loss, batch: Batch) -> int:
    """Multiplications and additions of the convolutions and matrix products of a step, forward and back."""
    with FlopCounterMode(display=False) as counter:
        learner.objective(batch, loss).backward()
    return counter.get_total_flops()


def measure(rounds: int, device: str) -> dict[str, dict[str, list[float]]]:
    """Operations a second in every round, of "step" and "products", by precision."""
    steps = [Contestant(f"step {name}", stepping.ours, (name, device), stepping.STEPS) for name in PRECISIONS]
    others = [Contestant(f"products {name}", products, (name, device), PRODUCTS[device]) for name in PRECISIONS]
    seconds = by_turns([*steps, *others], rounds)
    each = {"step": operations_of_a_step(), "products": 2 * SIDE[device] ** 3}
    return {
        name: {what: [many / one for one in seconds[f"{what} {name}"]] for what, many in each.items()}
        for name in PRECISIONS
    }
