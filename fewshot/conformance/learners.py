"""The promise of a learner: every query scored against every class, alone and in any order of classes.

It tells classes apart that are clearly so; a trained one may learn that first, by an objective that is smaller where
they are. One whose gradients are not the derivatives of its objective says `smooth = False`.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import nn

from fewshot.conformance.assertions import check_close, dims, inside, near
from fewshot.conformance.learning import (
    QUERY,
    SHAPE,
    SIMILARITY,
    check_learning,
    of_noise,
    scores_of,
    shapes,
    told_apart,
)
from fewshot.conformance.modules import check_on_gpu, reloaded
from fewshot.core.errors import RequestError
from fewshot.core.spec import Part, RunSpec
from fewshot.core.types import EmbeddingLearner, Learner, Tasks
from fewshot.registry.lookup import make_part
from fewshot.registry.resolved import Resolved
from fewshot.registry.source import PartInfo
from fewshot.training.build import make_learner

ORDER = [4, 0, 3, 1, 2]
BACKBONE = "conv4"
ALONE = 1e-4  # of the norm of scores: sums in another order


def check_learner(entry: PartInfo, part: Callable, options: dict, size: int | None) -> list[str]:
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
        backbone=make_part("backbones", BACKBONE) if part.marks.trained else None,
    )
    make = partial(_made, entry, spec)
    learner = make()
    if missing := [name for name in ("scores", "transductive") if not hasattr(learner, name)]:
        raise RequestError(f"{entry.label}: expected a learner with scores and transductive, got one without {missing}")
    lines = [_check_scores(entry, learner)]
    if part.marks.trained:
        lines += check_learning(entry, part, make, learner)
    else:
        lines.append(_check_apart(entry, learner))
    saved = f"{_check_saved(entry, learner, make)}; " if isinstance(learner, nn.Module) else ""
    lines.append(saved + check_on_gpu(entry, lambda device: scores_of(entry, make(device=device), of_noise(device))))
    return lines


def _made(entry: PartInfo, spec: RunSpec, seed: int = 0, device: torch.device | str = "cpu") -> Learner:
    with inside(entry, f"images of shape {SHAPE}"):
        learner = make_learner(Resolved(replace(spec, seed=seed)), SHAPE, device)
    return learner.eval() if isinstance(learner, nn.Module) else learner


@torch.inference_mode()  # as an evaluation does
def _check_scores(entry: PartInfo, learner: Learner) -> str:
    tasks = of_noise()
    together = scores_of(entry, learner, tasks)
    for number in () if learner.transductive else (QUERY - 1,):
        alone = scores_of(entry, learner, Tasks(tasks.support, tasks.query[:, :, number : number + 1], tasks.classes))
        said = "scores of a query that depend on no other, as it is not transductive: those without others to be these"
        check_close(entry, said, alone, together[:, :, number : number + 1], ALONE)
    if isinstance(learner, EmbeddingLearner):
        with inside(entry, shapes(tasks)):
            embedded = [learner.embed(images.flatten(0, 2)).unflatten(0, images.shape[:3])
                        for images in (tasks.support, tasks.query)]  # fmt: skip
            compared = learner.compare(*embedded)
        if not near(compared, together):
            raise RequestError(
                f"{entry.label}: expected compare(embed, embed) to give what scores gives, got otherwise"
            )
    turned = Tasks(tasks.support[:, ORDER], tasks.query[:, ORDER], tasks.classes[:, ORDER])
    found, wanted = scores_of(entry, learner, turned), together[:, ORDER][..., ORDER]
    if not near(found, wanted, 1e-3):
        expected = "the same scores for classes in another order, in that order"
        raise RequestError(f"{entry.label}: expected {expected}, got scores {(found - wanted).abs().max():.3g} apart")
    how = "transductive" if learner.transductive else "of each query on its own"
    return f"finite scores {dims(together.shape)}, {how}, blind to the order of classes"


def _check_apart(entry: PartInfo, learner: Learner) -> str:
    if not (right := told_apart(entry, learner)) > 0.5:
        expected = "most queries of clearly different classes to score highest with their own"
        raise RequestError(f"{entry.label}: expected {expected}, got {right:.0%}")
    return f"classes that are clearly apart are told apart: {right:.0%} of queries right"


@torch.inference_mode()
def _check_saved(entry: PartInfo, learner: nn.Module, make: Callable) -> str:
    """After the objective, which may have changed its state."""
    other = reloaded(entry, learner.eval(), make(seed=1))
    expected, came = (scores_of(entry, one, of_noise()) for one in (learner, other))
    if not near(came, expected, 1e-5):
        apart = f"scores {(came - expected).abs().max():.3g} apart"
        raise RequestError(
            f"{entry.label}: expected its state_dict to be all of it, the same after loading, got {apart}"
        )
    return "saved and loaded by safetensors"
