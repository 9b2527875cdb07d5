"""Checks of a learner: scores of every query for every class, independent of other tasks and queries and of the
classes' order.

The objective of a trained learner has a gradient for every weight, except those of the similarity, as a loss may use
only its distance or its logit.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import ROUNDED, check_close, check_tensor, dims, gradients, near, sizes, weights
from fewshot.conformance.breaches import Breach, inside
from fewshot.conformance.gradients import NOT_SMOOTH, Tried, check_downhill, is_smooth
from fewshot.conformance.inputs import pixels
from fewshot.conformance.modules import RESUMABLE, check_on_gpu, check_saved, check_weights
from fewshot.core.checks import Size
from fewshot.core.device import measuring
from fewshot.core.rng import seeded
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.core.types import EmbeddingLearner, Learner, Loss, Tasks
from fewshot.models.losses import bind
from fewshot.registry.lookup import load, make_part
from fewshot.registry.resolved import Resolved
from fewshot.training.build import make_learner
from fewshot.training.precision import mixed

TASK, WAY, SHOT, QUERY = 2, 5, 3, 4
SHAPE = (1, 28, 28)
ORDER = [4, 0, 3, 1, 2]
BACKBONE, SIMILARITY, LOSS = "conv4", "euclidean", "contrastive"
ALONE = 1e-4  # share of the norm of scores, and of the objective, by another order of sums
Make = Callable[..., Learner]  # from a seed and a device


def check_learner(part: Callable, named: Part, size: Size | None) -> list[str]:
    """Check a learner built as in a run, with conv4, euclidean and the contrastive loss if it takes these."""
    make = maker(part, named)
    learner = make()
    if missing := [name for name in ("scores", "transductive") if not hasattr(learner, name)]:
        raise Breach("a learner with scores and transductive", f"one without {missing}")
    lines = [_check_scores(learner)]
    if part.marks.trained:
        loss = loss_for(part, learner)
        lines.append(_check_objective(make, learner, loss))
        if part.marks.by_task:
            _check_by_task(make)
        lines.append(_check_downhill(make().train(), loss) if is_smooth(part, learner) else NOT_SMOOTH)
    on_gpu = check_on_gpu(lambda device: scores_of(make(device=device), of_noise(device)))
    if not isinstance(learner, nn.Module):
        return [*lines, on_gpu]
    saved = check_saved(learner.eval(), make(seed=1), lambda one: scores_of(one, of_noise()))
    if part.marks.trained:
        check_saved(learner, make(seed=2), partial(_taught, loss=loss), RESUMABLE)
    return [*lines, f"{saved}; {on_gpu}"]


@torch.enable_grad()
def _taught(learner: nn.Module, loss: Loss | None) -> Tensor:
    """The objective of a step of training."""
    return objective_of(learner, loss, of_noise()).detach()


def maker(part: Callable, named: Part) -> Make:
    """A function that makes the learner from a seed, on a device, in eval mode."""
    compared = "similarity" in inspect.signature(part).parameters
    spec = RunSpec(
        dataset=Part("none"),
        protocol=Part("none"),
        stage="val",
        size=SHAPE[-1],
        learner=named,
        similarity=make_part("similarities", SIMILARITY) if compared else None,
        backbone=make_part("backbones", BACKBONE) if part.marks.trained else None,
    )

    def make(seed: int = 0, device: torch.device | str = "cpu") -> Learner:
        with inside(f"images of shape {SHAPE}"):
            learner = make_learner(Resolved(replace(spec, seed=seed)), SHAPE, device)
        return learner.eval() if isinstance(learner, nn.Module) else learner

    return make


def loss_for(part: Callable, learner: Learner) -> Loss | None:
    """The loss for a learner's objective; None if it has an objective of its own."""
    if not isinstance(learner, nn.Module) or not hasattr(learner, "objective"):
        raise Breach("an nn.Module with an objective, as it is trained", type(learner).__name__)
    if part.marks.own_objective:
        return None
    for name in ("encoder", "similarity"):
        if name in inspect.signature(part).parameters and not hasattr(learner, name):
            raise Breach(f"its {name} as the attribute {name}, which losses need", "none")
    return bind(load("losses", LOSS), make_part("losses", LOSS).options, math.prod(learner.encoder.shape), WAY)


def of_noise(device: torch.device | str = "cpu", *, task: int = TASK, shot: int = SHOT, query: int = QUERY) -> Tasks:
    """Tasks of random images with little ink, without class structure."""
    both = (pixels(task, WAY, images, *SHAPE, seed=images) ** 3 for images in (shot, query))
    return Tasks(*(images.to(device) for images in both), torch.arange(WAY, device=device).repeat(task, 1))


def scores_of(learner: Learner, tasks: Tasks, seed: int = 0) -> Tensor:
    """A learner's scores, with shape and numbers checked."""
    with inside(_sizes(tasks)), seeded(seed, "conformance", tasks.query.device), measuring():
        found = learner.scores(tasks)  # as in an evaluation
    check_tensor("scores", found, (*tasks.query.shape[:3], WAY), _sizes(tasks))
    return found


def objective_of(learner: nn.Module, loss: Loss | None, tasks: Tasks, note: str = "") -> Tensor:
    """A learner's objective in training mode, checked to be one finite number."""
    with inside(_sizes(tasks) + note), seeded(0, "conformance"):
        value = learner.train().objective(tasks, loss)
    check_tensor("an objective", value, (), _sizes(tasks) + note)
    return value


def _sizes(tasks: Tasks) -> str:
    return sizes(supports=tasks.support, queries=tasks.query)


def _check_scores(learner: Learner) -> str:
    tasks = of_noise()
    together = scores_of(learner, tasks)
    check_close("the same scores whatever numbers are drawn,", scores_of(learner, tasks, 1), together, ALONE)
    last = Tasks(tasks.support[-1:], tasks.query[-1:], tasks.classes[-1:])
    check_close("the same scores of a task alone as among others,", scores_of(learner, last), together[-1:], ALONE)
    if not learner.transductive:
        alone = scores_of(learner, Tasks(tasks.support, tasks.query[:, :, -1:], tasks.classes))
        wanted = "the same scores of a query alone as among others, as transductive is False,"
        check_close(wanted, alone, together[:, :, -1:], ALONE)
    if isinstance(learner, EmbeddingLearner):
        with inside(_sizes(tasks)), measuring():
            embedded = [learner.embed(images.flatten(0, 2)).unflatten(0, images.shape[:3])
                        for images in (tasks.support, tasks.query)]  # fmt: skip
            compared = learner.compare(*embedded)
        if not near(compared, together):
            raise Breach("compare(embed, embed) to give the same as scores", "other numbers")
    turned = Tasks(tasks.support[:, ORDER], tasks.query[:, ORDER], tasks.classes[:, ORDER])
    found, wanted = scores_of(learner, turned), together[:, ORDER][..., ORDER]
    if not near(found, wanted, 1e-3):
        apart = f"scores {(found - wanted).abs().max():.3g} apart"
        raise Breach("the same scores, permuted, for classes in another order", apart)
    how = "transductive" if learner.transductive else "of each query on its own"
    return f"finite scores {dims(together.shape)}, {how}, independent of the order of classes"


def _check_objective(make: Make, learner: nn.Module, loss: Loss | None) -> str:
    """Check the objective and its gradients, also with `precision = "bfloat16"` and `channels_last` together."""
    value, found = _gradients(learner, loss)
    if not any(grad is not None and bool(grad.any()) for grad in found.values()):
        raise Breach("an objective with a gradient for its weights", "none but zeros")
    given = (module for module in learner.modules() if isinstance(module, load("similarities", SIMILARITY)))
    left_out = {id(weight) for similarity in given for weight in similarity.parameters()}
    own = {name: found[name] for name, weight in weights(learner).items() if id(weight) not in left_out}
    why = "the objective does not depend on it; set requires_grad = False for a weight that does not learn"
    check_weights(own, lambda: make(seed=2), lambda other: _gradients(other, loss)[1], why)
    with inside("channels last"):
        other = make().to(memory_format=torch.channels_last)
    rounded, _ = _gradients(other, loss, bfloat16=True)
    check_close("the same objective in bfloat16 with channels last as in float32", rounded, value, ROUNDED)
    return (
        f"its objective is one finite number with finite gradients for every weight{f', with {LOSS}' if loss else ''}, "
        f"the same within {ROUNDED:.0%} in bfloat16 with channels last"
    )


def _check_by_task(make: Make) -> None:
    """Check that the objective is the mean over tasks, which processes that share a step's tasks need."""
    both = of_noise()
    alone = zip(both.support.split(1), both.query.split(1), both.classes.split(1), strict=True)
    each = [objective_of(make(), None, Tasks(*one)) for one in alone]
    wanted = "an objective that is the mean over its tasks, as it is marked by_task,"
    check_close(wanted, torch.stack(each).mean(), objective_of(make(), None, both), ALONE)


def _gradients(
    learner: nn.Module, loss: Loss | None, *, bfloat16: bool = False
) -> tuple[Tensor, dict[str, Tensor | None]]:
    """The objective and its gradients for all weights."""
    note = ", in bfloat16 and with channels last" if bfloat16 else ""
    with mixed(torch.device("cpu"), "bfloat16" if bfloat16 else "float32") as forward:
        with forward:
            value = objective_of(learner, loss, of_noise(), note)
        return value.detach(), gradients(value, weights(learner), _sizes(of_noise()) + note)


def _check_downhill(learner: nn.Module, loss: Loss | None) -> str:
    """Check the objective's slope with few images or, if it is flat for these, with more."""

    def check(tasks: Tasks) -> str:
        return check_downhill(Tried(partial(objective_of, loss=loss, tasks=tasks), learner), _sizes(tasks))

    return check(of_noise(task=1, shot=1, query=2)) or check(of_noise())
