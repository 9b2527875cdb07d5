"""Microseconds to draw one task, by number of classes: flat, since nothing is done for a class that is not drawn.

`uv run python benchmarks/speed/draw_cost.py`: draws 64 tasks at a time, best and median of 30 rounds.
"""

import statistics
import time

import torch

from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank
from fewshot.tasks.sampler import TaskSampler

SHAPES = (TaskShape(5, 1, 15), TaskShape(20, 1, 5), TaskShape(60, 5, 5))
TASKS, ROUNDS, IMAGES = 64, 30, 20


def bank_of(classes: int) -> ImageBank:
    """A bank of one-pixel images, 20 a class by 20 authors, all classes in one group."""
    label = torch.arange(classes).repeat_interleave(IMAGES)
    pixels = torch.zeros(len(label), 1, 1, 1, dtype=torch.uint8)
    author = torch.arange(IMAGES).repeat(classes)
    names = tuple(str(number) for number in range(classes))
    return ImageBank(pixels, label, torch.zeros_like(label), author, names, ("all",), names[:IMAGES], "")


def cost(source: TaskSampler) -> list[float]:
    """Microseconds a task in each round."""
    spent = []
    for number in range(ROUNDS):
        begin = time.perf_counter()
        source.draw(0, "cost", range(number * TASKS, (number + 1) * TASKS))
        spent.append(1e6 * (time.perf_counter() - begin) / TASKS)
    return spent


if __name__ == "__main__":
    print(f"microseconds a task, {torch.get_num_threads()} threads")
    print(f"{'task':<16}{'classes':>10}{'best':>10}{'median':>10}")
    for shape in SHAPES:
        for power in range(2, 7):
            spent = cost(TaskSampler(bank_of(10**power), shape))
            print(f"{shape!s:<16}{10**power:>10,}{min(spent):>10.0f}{statistics.median(spent):>10.0f}")
