"""The promise of a trained learner: an objective with a gradient for every weight, by which it learns easy classes.

Weights of the similarity that it is given are left out, as a loss may ask for the distance or the logit alone.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import check_close, check_tensor, dims, gradients, inside, patterns, pixels, weights
from fewshot.conformance.gradients import NOT_SMOOTH, check_downhill, is_smooth
from fewshot.conformance.modules import idle
from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded
from fewshot.core.types import Learner, Loss, Tasks
from fewshot.evaluation.measure import accuracy
from fewshot.models.losses import bind
from fewshot.registry.lookup import load, make_part
from fewshot.registry.source import PartInfo

SIMILARITY, LOSS = "euclidean", "contrastive"
ROUNDED = 0.1  # of the objective, in bfloat16
ALONE = 1e-4  # of the objective: sums in another order
FRESH = 8  # of as many fresh learners, half have a smaller objective for classes apart by chance; of a wrong sign none
STEPS, RATE = (0, 1, 2, 4, 8, 16), 1e-3  # after which patterns may be told apart, by Adam
Make = Callable[..., Learner]  # by a seed


def check_learning(entry: PartInfo, part: Callable, make: Make, learner: Learner) -> list[str]:
    """`learner` is one that `make` has made, which is left with the state of one call in training."""
    if not isinstance(learner, nn.Module) or not hasattr(learner, "objective"):
        came = type(learner).__name__
        raise RequestError(f"{entry.label}: expected an nn.Module with an objective, as it is trained, got {came}")
    loss = None if part.marks.own_objective else _loss(entry, learner)
    return [
        _check_objective(entry, make, learner, loss),
        f"{_check_apart(entry, make, loss)}; {_check_downhill(entry, part, make, loss)}",
    ]


def _check_objective(entry: PartInfo, make: Make, learner: nn.Module, loss: Loss | None) -> str:
    """Also as a recipe with `precision = "bfloat16"` and `channels_last` trains, both at once."""
    value, found = _gradients(entry, learner, loss)
    if not any(grad is not None and bool(grad.any()) for grad in found.values()):
        raise RequestError(f"{entry.label}: expected an objective with a gradient for its weights, got none but zeros")
    given = (module for module in learner.modules() if isinstance(module, load("similarities", SIMILARITY)))
    left_out = {id(weight) for similarity in given for weight in similarity.parameters()}
    own = {name: found[name] for name, weight in weights(learner).items() if id(weight) not in left_out}
    if unused := idle(own, lambda: make(seed=2), lambda other: _gradients(entry, other, loss)[1]):
        said = "the objective does not depend on it; what is not to learn has requires_grad = False"
        raise RequestError(f"{entry.label}: expected a gradient for the {unused[0]}, got none: {said}")
    with inside(entry, "channels last"):
        other = make().to(memory_format=torch.channels_last)
    rounded, _ = _gradients(entry, other, loss, bfloat16=True)
    check_close(entry, "in bfloat16 and with channels last the objective of float32", rounded, value, ROUNDED)
    if entry.marks.by_task:
        _check_by_task(entry, make, value)
    return (
        f"its objective is one finite number with finite gradients for every weight{f', with {LOSS}' if loss else ''}, "
        f"the same within {ROUNDED:.0%} in bfloat16 with channels last"
    )


def _check_by_task(entry: PartInfo, make: Make, whole: Tensor) -> None:
    """What processes that share the tasks of a step rely on."""
    both, each = of_noise(), []
    for number in range(len(both.classes)):
        one = slice(number, number + 1)
        each.append(_objective(entry, make(), None, Tasks(both.support[one], both.query[one], both.classes[one])))
    said = "an objective that is by_task: of several tasks the mean of what each gives on its own"
    check_close(entry, said, torch.stack(each).mean(), whole, ALONE)


def _gradients(
    entry: PartInfo, learner: nn.Module, loss: Loss | None, *, bfloat16: bool = False
) -> tuple[Tensor, dict[str, Tensor | None]]:
    """The objective and its gradients for all weights."""
    note = ", in bfloat16 and with channels last" if bfloat16 else ""
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        value = _objective(entry, learner, loss, of_noise(), note)
    return value.detach(), gradients(entry, value, weights(learner), shapes(of_noise()) + note)


def _objective(entry: PartInfo, learner: nn.Module, loss: Loss | None, tasks: Tasks, note: str = "") -> Tensor:
    """In training."""
    with inside(entry, shapes(tasks) + note), seeded(0, "conformance"):
        value = learner.train().objective(tasks, loss)
    check_tensor(entry, "an objective", value, (), shapes(tasks) + note)
    return value


def _check_apart(entry: PartInfo, make: Make, loss: Loss | None) -> str:
    """Both the scores and the objective have clear patterns apart, with fresh weights or after some steps."""
    learner = make()
    lead = _lead(entry, learner, loss)
    if lead <= 0 and not any(_lead(entry, make(seed=seed), loss) > 0 for seed in range(1, FRESH)):
        expected = "a smaller objective for classes apart than for mixed ones with some fresh weights"
        raise RequestError(f"{entry.label}: expected {expected}, got a larger one with all of {FRESH}")
    optimiser = torch.optim.Adam(weights(learner).values(), RATE)
    for before, steps in pairwise((0, *STEPS)):
        for _ in range(before, steps):
            value = _objective(entry, learner, loss, of_patterns())
            optimiser.zero_grad()
            with inside(entry, shapes(of_patterns())):
                value.backward()
            optimiser.step()
        right, lead = told_apart(entry, learner), _lead(entry, learner, loss) if steps else lead
        if right > 0.5 and lead > 0:
            after = f" after {steps} steps" if steps else ""
            said = f"clear classes are told apart{after}, {right:.0%} of queries right"
            return f"{said}, and its objective is smaller for them than mixed"
    after = f"after {steps} steps by its objective"
    if not right > 0.5:
        expected = f"most queries of clearly different classes to score highest with their own {after}"
        raise RequestError(f"{entry.label}: expected {expected}, got {right:.0%}")
    expected = f"a smaller objective for classes apart than for mixed ones {after}"
    raise RequestError(f"{entry.label}: expected {expected}, got one {-lead:.6g} larger")


def _lead(entry: PartInfo, learner: nn.Module, loss: Loss | None) -> float:
    """How much smaller the objective is for patterns than with the queries of another class in each row."""
    apart = of_patterns()
    mixed = Tasks(apart.support, apart.query.roll(1, 1), apart.classes)
    return _objective(entry, learner, loss, mixed).item() - _objective(entry, learner, loss, apart).item()


def _check_downhill(entry: PartInfo, part: Callable, make: Make, loss: Loss | None) -> str:
    """With few images or, where its objective is flat for these, with those for which it was found not to be."""
    learner = make().train()
    if not is_smooth(part, learner):
        return NOT_SMOOTH

    def check(tasks: Tasks) -> str:
        return check_downhill(entry, learner, lambda one: _objective(entry, one, loss, tasks), shapes(tasks))

    return check(of_noise(task=1, shot=1, query=2)) or check(of_noise())


def _loss(entry: PartInfo, learner: nn.Module) -> Loss:
    if not hasattr(learner, "encoder"):
        raise RequestError(f"{entry.label}: expected its backbone under the name encoder, as losses ask for its shape")
    dim = math.prod(learner.encoder.shape)
    return bind(load("losses", LOSS), make_part("losses", LOSS).options, dim, WAY)


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


def scores_of(entry: PartInfo, learner: Learner, tasks: Tasks) -> Tensor:
    """A learner's scores, of which shape and numbers are checked."""
    with inside(entry, shapes(tasks)), seeded(0, "conformance", tasks.query.device):
        found = learner.scores(tasks)
    check_tensor(entry, "scores", found, (*tasks.query.shape[:3], WAY), shapes(tasks))
    return found


@torch.inference_mode()
def told_apart(entry: PartInfo, learner: Learner) -> float:
    """The share of patterns that score highest with their own class."""
    if isinstance(learner, nn.Module):
        learner.eval()
    return float(accuracy(scores_of(entry, learner, of_patterns())).mean())
