"""A learner scores every query against every class, each query on its own, in whatever order the classes are, and tells
classes apart that are clearly so; a trained one may learn that first, by an objective that is smaller where they are.

One whose gradients are not the derivatives of its objective says `smooth = False`.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from fewshot.conformance._differences import NOT_SMOOTH, check_downhill, is_smooth
from fewshot.conformance._gpu import check_on_gpu
from fewshot.conformance._parts import (
    check_close,
    check_tensor,
    dims,
    gradients,
    inside,
    near,
    patterns,
    pixels,
    weights,
)
from fewshot.conformance._saved import reloaded
from fewshot.contracts import EmbeddingLearner, Learner, Loss, Tasks
from fewshot.errors import RequestError
from fewshot.evaluation import accuracy
from fewshot.losses import bind
from fewshot.registry import load, make_part
from fewshot.rng import seeded
from fewshot.run import make_learner
from fewshot.sources import Entry
from fewshot.spec import Part, RunSpec

TASK, WAY, SHOT, QUERY = 2, 5, 3, 4
ORDER = [4, 0, 3, 1, 2]
SHAPE = (1, 28, 28)
BACKBONE, SIMILARITY, LOSS = "conv4", "euclidean", "contrastive"
ROUNDED = 0.1  # of the objective, in bfloat16
ALONE = 1e-4  # of the norm of scores: sums in another order
FRESH = 8  # of as many fresh learners, half have a smaller objective for classes apart by chance; of a wrong sign none
STEPS, RATE = (0, 1, 2, 4, 8, 16), 1e-3  # after which a trained learner may tell patterns apart, by Adam


def check_learner(entry: Entry, part: Callable, options: dict, size: int | None) -> list[str]:
    """Built as a run builds it, with conv4, euclidean and the contrastive loss where it takes them."""
    compared = "similarity" in inspect.signature(part).parameters
    options = {key: value for key, value in options.items() if key != entry.family}
    spec = RunSpec(
        dataset=Part("none"),
        protocol=Part("none"),
        stage="val",
        size=SHAPE[-1],
        learner=make_part("learners", entry.name, options),
        similarity=make_part("similarities", SIMILARITY) if compared else None,
        backbone=make_part("backbones", BACKBONE) if part.trained else None,
    )
    make = partial(_made, entry, spec)
    learner = make()
    if missing := [name for name in ("scores", "transductive") if not hasattr(learner, name)]:
        raise RequestError(f"{entry.label}: expected a learner with scores and transductive, got one without {missing}")
    lines = [_check_scores(entry, learner)]
    if part.trained:
        value = _check_objective(entry, learner, part.own_objective)
        lines.append(_check_rounded(entry, make, part.own_objective, value))
        lines.append(f"{_check_learns(entry, make, part.own_objective)}; {_check_downhill(entry, part, make)}")
    else:
        lines.append(_check_apart(entry, learner))
    saved = f"{_check_saved(entry, learner, make)}; " if isinstance(learner, nn.Module) else ""
    lines.append(saved + check_on_gpu(entry, lambda device: _scores(entry, make(device=device), _tasks(device))))
    return lines


def _made(entry: Entry, spec: RunSpec, seed: int = 0, device: torch.device | str = "cpu") -> Learner:
    with inside(entry, f"images of shape {SHAPE}"):
        learner = make_learner(replace(spec, seed=seed), SHAPE, device)
    return learner.eval() if isinstance(learner, nn.Module) else learner


@torch.inference_mode()  # as an evaluation does
def _check_scores(entry: Entry, learner: Learner) -> str:
    tasks = _tasks()
    together = _scores(entry, learner, tasks)
    for number in () if learner.transductive else (QUERY - 1,):
        alone = _scores(entry, learner, Tasks(tasks.support, tasks.query[:, :, number : number + 1], tasks.classes))
        said = "scores of a query that depend on no other, as it is not transductive: those without others to be these"
        check_close(entry, said, alone, together[:, :, number : number + 1], ALONE)
    if isinstance(learner, EmbeddingLearner):
        with inside(entry, _given(tasks)):
            embedded = [learner.embed(images.flatten(0, 2)).unflatten(0, images.shape[:3])
                        for images in (tasks.support, tasks.query)]  # fmt: skip
            compared = learner.compare(*embedded)
        if not near(compared, together):
            raise RequestError(
                f"{entry.label}: expected compare(embed, embed) to give what scores gives, got otherwise"
            )
    turned = Tasks(tasks.support[:, ORDER], tasks.query[:, ORDER], tasks.classes[:, ORDER])
    found, wanted = _scores(entry, learner, turned), together[:, ORDER][..., ORDER]
    if not near(found, wanted, 1e-3):
        expected = "the same scores for classes in another order, in that order"
        raise RequestError(f"{entry.label}: expected {expected}, got scores {(found - wanted).abs().max():.3g} apart")
    how = "transductive" if learner.transductive else "of each query on its own"
    return f"finite scores {dims(together.shape)}, {how}, blind to the order of classes"


def _check_objective(entry: Entry, learner: Learner, own_objective: bool) -> Tensor:
    if not isinstance(learner, nn.Module) or not hasattr(learner, "objective"):
        came = type(learner).__name__
        raise RequestError(f"{entry.label}: expected an nn.Module with an objective, as it is trained, got {came}")
    value, found = _objective(entry, learner, own_objective)
    if not any(grad is not None and bool(grad.any()) for grad in found.values()):
        raise RequestError(f"{entry.label}: expected an objective with a gradient for its weights, got none but zeros")
    of_similarity = {id(weight) for module in learner.modules() if isinstance(module, load("similarities", SIMILARITY))
                     for weight in module.parameters()}  # fmt: skip
    own = {name: weight for name, weight in weights(learner).items() if id(weight) not in of_similarity}
    if unused := [name for name in own if found[name] is None]:
        said = "the objective does not depend on it; what is not to learn has requires_grad = False"
        raise RequestError(f"{entry.label}: expected a gradient for the {unused[0]}, got none: {said}")
    return value


def _objective(
    entry: Entry, learner: nn.Module, own_objective: bool, *, bfloat16: bool = False
) -> tuple[Tensor, dict[str, Tensor | None]]:
    """The objective in training and its gradients for all weights."""
    loss, tasks = None if own_objective else _loss(entry, learner), _tasks()
    given = _given(tasks) + (", in bfloat16 and with channels last" if bfloat16 else "")
    precision = torch.autocast("cpu", torch.bfloat16, enabled=bfloat16)
    with inside(entry, given), seeded(0, "conformance"), precision:
        value = learner.train().objective(tasks, loss)
    check_tensor(entry, "an objective", value, (), given)
    return value.detach(), gradients(entry, value, weights(learner), given)


def _check_rounded(entry: Entry, make: Callable, own_objective: bool, expected: Tensor) -> str:
    """As a recipe with `precision = "bfloat16"` and `channels_last` trains, both at once."""
    with inside(entry, "channels last"):
        learner = make().to(memory_format=torch.channels_last)
    found, _ = _objective(entry, learner, own_objective, bfloat16=True)
    said = "in bfloat16 and with channels last the objective of float32"
    check_close(entry, said, found, expected, ROUNDED)
    own = "" if own_objective else f", with {LOSS}"
    return (
        f"its objective is one finite number with finite gradients for every weight{own}, "
        f"the same within {ROUNDED:.0%} in bfloat16 with channels last"
    )


def _check_apart(entry: Entry, learner: Learner) -> str:
    if not (right := _right(entry, learner)) > 0.5:
        expected = "most queries of clearly different classes to score highest with their own"
        raise RequestError(f"{entry.label}: expected {expected}, got {right:.0%}")
    return f"classes that are clearly apart are told apart: {right:.0%} of queries right"


def _check_learns(entry: Entry, make: Callable, own_objective: bool) -> str:
    """Patterns are told apart, and the objective says so, with fresh weights or after some steps by it."""
    learner = make()
    loss = None if own_objective else _loss(entry, learner)
    if not any(_lead(entry, make(seed=seed), loss) > 0 for seed in range(FRESH)):
        expected = "a smaller objective for classes apart than for mixed ones with some fresh weights"
        raise RequestError(f"{entry.label}: expected {expected}, got a larger one with all of {FRESH}")
    optimiser = torch.optim.Adam(weights(learner).values(), RATE)
    for before, steps in pairwise((0, *STEPS)):
        for _ in range(before, steps):
            optimiser.zero_grad()
            _said(entry, learner, loss).backward()
            optimiser.step()
        right, lead = _right(entry, learner), _lead(entry, learner, loss)
        if right > 0.5 and lead > 0:
            after = f" after {steps} steps" if steps else ""
            return (
                f"clear classes are told apart{after}, {right:.0%} of queries right; its objective is smaller for them"
            )
    after = f"after {steps} steps by its objective"
    if not right > 0.5:
        expected = f"most queries of clearly different classes to score highest with their own {after}"
        raise RequestError(f"{entry.label}: expected {expected}, got {right:.0%}")
    expected = f"a smaller objective for classes apart than for mixed ones {after}"
    raise RequestError(f"{entry.label}: expected {expected}, got one {-lead:.6g} larger")


def _lead(entry: Entry, learner: nn.Module, loss: Loss | None) -> float:
    """How much smaller the objective is for classes apart than for mixed ones."""
    return _said(entry, learner, loss, mixed=True).item() - _said(entry, learner, loss).item()


def _said(entry: Entry, learner: nn.Module, loss: Loss | None, *, mixed: bool = False) -> Tensor:
    """The objective in training of patterns; `mixed` has the queries of another class in each row."""
    tasks = _patterns()
    query = tasks.query.roll(1, 1) if mixed else tasks.query
    with inside(entry, _given(tasks)), seeded(0, "conformance"):
        value = learner.train().objective(Tasks(tasks.support, query, tasks.classes), loss)
    check_tensor(entry, "an objective", value, (), _given(tasks))
    return value


@torch.inference_mode()
def _right(entry: Entry, learner: Learner) -> float:
    """The share of patterns that score highest with their own class."""
    if isinstance(learner, nn.Module):
        learner.eval()
    return float(accuracy(_scores(entry, learner, _patterns())).mean())


def _patterns() -> Tasks:
    """Patterns of ink, one for each class, and a little noise on each image."""
    ink = patterns(TASK, WAY, 1, *SHAPE)
    support, query = (0.8 * ink + 0.2 * pixels(TASK, WAY, images, *SHAPE, seed=images) for images in (SHOT, QUERY))
    return Tasks(support, query, _tasks().classes)


def _check_downhill(entry: Entry, part: Callable, make: Callable) -> str:
    learner = make().train()
    if not is_smooth(part, learner):
        return NOT_SMOOTH
    loss, tasks = None if part.own_objective else _loss(entry, learner), _tasks()

    def value(one: nn.Module) -> Tensor:
        with seeded(0, "conformance"):
            return one.objective(tasks, loss)

    return check_downhill(entry, learner, value, _given(tasks))


@torch.inference_mode()
def _check_saved(entry: Entry, learner: nn.Module, make: Callable) -> str:
    """After the objective, which may have changed its state."""
    other = reloaded(entry, learner.eval(), make(seed=1))
    expected, came = (_scores(entry, one, _tasks()) for one in (learner, other))
    if not near(came, expected, 1e-5):
        apart = f"scores {(came - expected).abs().max():.3g} apart"
        raise RequestError(
            f"{entry.label}: expected its state_dict to be all of it, the same after loading, got {apart}"
        )
    return "saved and loaded by safetensors"


def _loss(entry: Entry, learner: nn.Module) -> Loss:
    if not hasattr(learner, "encoder"):
        raise RequestError(f"{entry.label}: expected its backbone under the name encoder, as losses ask for its shape")
    dim = math.prod(learner.encoder.shape)
    return bind(load("losses", LOSS), make_part("losses", LOSS).options, dim, WAY)


def _scores(entry: Entry, learner: Learner, tasks: Tasks) -> Tensor:
    with inside(entry, _given(tasks)), seeded(0, "conformance", tasks.query.device):
        found = learner.scores(tasks)
    check_tensor(entry, "scores", found, (*tasks.query.shape[:3], WAY), _given(tasks))
    return found


def _tasks(device: torch.device | str = "cpu") -> Tasks:
    support, query = (pixels(TASK, WAY, images, *SHAPE, seed=images) ** 3 for images in (SHOT, QUERY))  # little ink
    return Tasks(support.to(device), query.to(device), torch.arange(WAY, device=device).repeat(TASK, 1))


def _given(tasks: Tasks) -> str:
    return f"supports {dims(tasks.support.shape)}, queries {dims(tasks.query.shape)}"
