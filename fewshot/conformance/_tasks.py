"""Made-up tasks for learners, of noise or of clear patterns, and the checked scores of them."""

import torch
from torch import Tensor, nn

from fewshot.conformance._parts import check_tensor, dims, inside, patterns, pixels
from fewshot.contracts import Learner, Tasks
from fewshot.evaluation import accuracy
from fewshot.rng import seeded
from fewshot.sources import Entry

TASK, WAY, SHOT, QUERY = 2, 5, 3, 4
SHAPE = (1, 28, 28)


def of_noise(device: torch.device | str = "cpu", *, task: int = TASK, shot: int = SHOT, query: int = QUERY) -> Tasks:
    """Images with little ink and no classes."""
    both = (pixels(task, WAY, images, *SHAPE, seed=images) ** 3 for images in (shot, query))
    return Tasks(*(images.to(device) for images in both), torch.arange(WAY, device=device).repeat(task, 1))


def of_patterns() -> Tasks:
    """Patterns of ink, one for each class, and a little noise on each image."""
    ink = patterns(1, WAY, 1, *SHAPE)
    support, query = (0.8 * ink + 0.2 * pixels(1, WAY, images, *SHAPE, seed=images) for images in (2, 3))
    return Tasks(support, query, torch.arange(WAY)[None])


def shapes(tasks: Tasks) -> str:
    """What was given, for a message."""
    return f"supports {dims(tasks.support.shape)}, queries {dims(tasks.query.shape)}"


def scores_of(entry: Entry, learner: Learner, tasks: Tasks) -> Tensor:
    """A learner's scores, of which shape and numbers are checked."""
    with inside(entry, shapes(tasks)), seeded(0, "conformance", tasks.query.device):
        found = learner.scores(tasks)
    check_tensor(entry, "scores", found, (*tasks.query.shape[:3], WAY), shapes(tasks))
    return found


@torch.inference_mode()
def told_apart(entry: Entry, learner: Learner) -> float:
    """The share of patterns that score highest with their own class."""
    if isinstance(learner, nn.Module):
        learner.eval()
    return float(accuracy(scores_of(entry, learner, of_patterns())).mean())
