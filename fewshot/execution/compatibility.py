"""Combinations of learner, loss, similarity and shot rule that are refused before anything runs."""

import inspect
import math
from copy import deepcopy

import torch

from fewshot.core.errors import RequestError, of_part
from fewshot.core.spec import Part
from fewshot.core.types import Loss, Similarity, Tasks, TrainableLearner
from fewshot.models.shot_rules import RULES
from fewshot.registry.lookup import find
from fewshot.registry.resolved import Resolved

TRIED = (2, 4, 3)  # tasks, classes and images of each with which a loss is tried
TRIED_CLASSES = 8


def check_fit(parts: Resolved) -> None:
    """Refuse what does not go together: a learner or a loss without what it asks for, or pairs with one of tasks."""
    spec = parts.spec
    if spec.normalise != "none" and not parts.learner.marks.trained:
        message = f"learner {spec.learner.name} is not trained: expected no normalise, got {spec.normalise}"
        raise RequestError(message, "normalise")
    if spec.normalise != "none" and spec.backbone and pretrained(spec.backbone):
        brought = f"the weights of {spec.backbone.name} are given images normalised as they want"
        raise RequestError(f"{brought}: expected no normalise, got {spec.normalise}", "normalise")
    takes = "similarity" in inspect.signature(parts.learner).parameters
    if takes != bool(spec.similarity):
        message = f"learner {spec.learner.name} {'needs a' if takes else 'takes no'} similarity"
        raise RequestError(message, "similarity")
    pairs = bool(spec.training and spec.training.pairs)
    if not spec.loss:
        if pairs:
            message = f"learner {spec.learner.name} brings its own objective, of tasks: expected no pairs"
            raise RequestError(message, "training", "pairs")
        return
    if pairs and not parts.learner.marks.of_pairs:
        message = f"learner {spec.learner.name} learns from tasks: with pairs, expected one that says of_pairs"
        raise RequestError(message, "learner")
    if pairs and not parts.loss.marks.of_pairs:
        message = f"loss {spec.loss.name} learns from tasks: with pairs, expected one that says of_pairs"
        raise RequestError(message, "loss")
    needs = parts.loss.marks.needs
    if not hasattr(parts.similarity, needs):
        message = f"loss {spec.loss.name} needs a similarity with {needs!r}, which {spec.similarity.name} lacks"
        raise RequestError(message, "similarity")
    rule = RULES[spec.shot_rule].needs
    if not hasattr(parts.similarity, rule):
        message = f"shot rule {spec.shot_rule} needs a similarity with {rule!r}, which {spec.similarity.name} lacks"
        raise RequestError(message, "similarity")


def pretrained(backbone: Part) -> str:
    """The weights that a backbone starts from; empty for fresh ones."""
    return backbone.options.get(find("backbones", backbone.name).marks.pretrained, "")


def try_loss(loss: Loss, name: str, similarity: Similarity, dim: int) -> None:
    """Refuse a loss that cannot learn by this similarity: two steps on made-up embeddings of `TRIED`.

    Raises `RequestError` with what a library said, of the similarity unless it is an option that was refused; and of a
    loss whose value depends on the order of the classes.
    """
    shape, classes = TRIED, torch.arange(TRIED_CLASSES).view(TRIED[:2])
    other = deepcopy(loss)  # as some remember what they have seen
    for step in range(2):  # some keep of a step what they cannot use in the next
        images = torch.arange(step, step + math.prod(shape) * dim).sin().view(*shape, dim).requires_grad_()
        try:
            with of_part("similarity", name):  # unless it names an option, a loss refuses the similarity
                value = loss(images[:, :, :1], images[:, :, 1:], similarity, classes)
            value.backward()
            turned = images.detach().flip(1)
            again = value if step else other(turned[:, :, :1], turned[:, :, 1:], similarity, classes.flip(1))
        except RequestError:
            raise
        except Exception as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())
            message = f"loss {name} cannot learn by {type(similarity).__name__}: {said}"
            raise RequestError(message, "similarity") from error
        values = [float(one.detach()) for one in (value, again)]
        if not math.isclose(*values, rel_tol=1e-3, abs_tol=1e-6):
            came = "{:.6g} and, in another order, {:.6g}".format(*values)
            message = f"loss {name}: expected the same value for every order of the classes, got {came}"
            raise RequestError(message, "loss")


def try_objective(learner: TrainableLearner, name: str, shape: tuple[int, int, int]) -> None:
    """Refuse a learner with an objective of its own that cannot learn with its network: one step on made-up images."""
    images = torch.arange(2 * 2 * math.prod(shape)).sin().abs().view(1, 2, 2, *shape)
    try:
        learner.objective(Tasks(images[:, :, :1], images[:, :, 1:], torch.arange(2)[None]), None).backward()
    except RuntimeError as error:
        said = " ".join(str(error).split())
        raise RequestError(f"learner {name} cannot learn with this network: {said}", "learner") from error
