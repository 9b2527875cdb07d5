"""10,000 test episodes of conv4, every image embedded once, against embedding the images of every episode.

The others do the second: their evaluation loops call the network on each task. They meet the same episodes here, and
`check` proves that the accuracies are the same.
"""

import torch
from drawing import omniglot
from stepping import our_learner
from turns import Contestant, Work, by_turns

from fewshot.core.allocator import keep_memory
from fewshot.core.recipe import TaskShape
from fewshot.evaluation.measure import accuracy
from fewshot.evaluation.scorer import Scorer
from fewshot.tasks.sampler import TaskSampler, gather

SHAPE = TaskShape(20, 1, 5)
EPISODES, FEW = 10_000, 20  # ours at a call, and theirs, who take as long for each


def at_once(device: str) -> Work:
    """Every image is embedded in the call, then all episodes are scored."""
    keep_memory()
    bank, learner = omniglot().to(device), our_learner(device)
    drawn = TaskSampler(bank, SHAPE).draw(0, "speed", range(EPISODES))
    with torch.inference_mode():
        return torch.inference_mode()(lambda: Scorer(learner, bank).accuracies(drawn))


def one_by_one(device: str) -> Work:
    """Every episode's images are embedded and scored."""
    bank, learner = omniglot().to(device), our_learner(device).eval()
    drawn = TaskSampler(bank, SHAPE).draw(0, "speed", range(FEW))

    @torch.inference_mode()
    def work() -> list[float]:
        return [accuracy(learner.scores(gather(bank, drawn[one : one + 1]))).item() for one in range(FEW)]

    return work


def check(device: str) -> float:
    """The largest difference in accuracy of one episode. Raises `AssertionError` where a query of one differs."""
    differ = max(abs(one - other) for one, other in zip(one_by_one(device)(), at_once(device)()[:FEW], strict=True))
    assert differ < 1 / (SHAPE.way * SHAPE.query), f"an episode differs by {differ}"
    return differ


def measure(rounds: int, device: str) -> dict[str, dict[str, list[float]]]:
    """Seconds an episode."""
    mine = Contestant("fewshot", at_once, (device,), EPISODES)
    return {f"{SHAPE} {SHAPE.query}-query": by_turns([mine, Contestant("each", one_by_one, (device,), FEW)], rounds)}
