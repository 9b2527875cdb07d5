"""Combinations of learner, loss, similarity and shot rule that are refused before anything runs."""

import inspect
import math
from copy import deepcopy

import torch

from fewshot.core.errors import RequestError, of_part
from fewshot.core.part_code import reason
from fewshot.core.spec.run_spec import Part
from fewshot.core.types import Loss, Similarity, Tasks, TrainableLearner
from fewshot.models.shot_rules import RULES
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import entries, find
from fewshot.registry.resolved import Resolved

TRIED = (2, 4, 3)  # tasks, classes of each and images of each class that a loss is tried on
TRIED_CLASSES = 8


def check_fit(parts: Resolved) -> None:
    """Refuse parts that do not fit: a learner or loss that lacks a part it needs, or pairs for one that takes tasks."""
    spec = parts.spec
    if spec.normalise != "none" and spec.backbone and pretrained(spec.backbone):
        brought = f"the weights of {spec.backbone.name} are given images normalised as they want"
        raise RequestError(f"{brought}: expected no normalise, got {spec.normalise}", "normalise")
    takes = "similarity" in inspect.signature(parts.learner).parameters
    if takes != bool(spec.similarity):
        message = f"learner {spec.learner.name} {'needs a' if takes else 'takes no'} similarity"
        raise RequestError(message, "similarity")
    _check_forgeries(parts)
    protocol = load_protocol(spec.protocol)
    if spec.shuffled_labels and protocol.lists:
        drawn = "shuffled_labels: expected a protocol that draws its pairs, as those of a list are found by their names"
        raise RequestError(drawn, "shuffled_labels")
    if parts.learner.marks.own_objective and (protocol.lists or protocol.forgeries):
        what = "named pairs" if protocol.lists else "pairs with forgeries"
        message = f"learner {spec.learner.name} adapts to the classes of a task, and {what} are compared alone"
        raise RequestError(f"{message}: expected one that compares images", "learner")
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
    if pairs and spec.loss.options.get("pairs", "episode") != "episode":
        message = f'loss {spec.loss.name}: with a list of pairs, expected pairs = "episode"'
        raise RequestError(message, "options", spec.loss.name, "pairs")
    needs = parts.loss.marks.needs
    if not hasattr(parts.similarity, needs):
        message = f"loss {spec.loss.name} needs a similarity with {needs!r}, which {spec.similarity.name} lacks"
        raise RequestError(message, "similarity")
    rule = RULES[spec.shot_rule].needs
    if not hasattr(parts.similarity, rule):
        message = f"shot rule {spec.shot_rule} needs a similarity with {rule!r}, which {spec.similarity.name} lacks"
        raise RequestError(message, "similarity")


def _check_forgeries(parts: Resolved) -> None:
    """Refuse forgeries for a loss that compares classes, as a forgery is of none, and for a learner that hides them."""
    spec = parts.spec
    if not spec.training or not spec.training.forged:
        return
    if not parts.learner.marks.of_forgeries:
        message = f"learner {spec.learner.name} tells no loss of forgeries: expected no forged, or one that says so"
        raise RequestError(message, "training", "forged")
    if not parts.loss.marks.of_forgeries:
        fit = ", ".join(name for name, entry in entries("losses").items() if entry.marks.of_forgeries)
        why = f"loss {spec.loss.name} compares images with classes, and a forgery is of no class"
        raise RequestError(f"{why}: with forged = {spec.training.forged}, expected one of pairs: {fit}", "loss")


def pretrained(backbone: Part) -> str:
    """The name of the weights that a backbone starts from; empty for fresh ones."""
    return backbone.options.get(find("backbones", backbone.name).marks.pretrained, "")


def try_loss(loss: Loss, name: str, similarity: Similarity, dim: int) -> None:
    """Refuse a loss that cannot learn by this similarity, or whose value depends on the order of the classes.

    It is tried for two steps on made-up embeddings of shape `TRIED`. An error of a library is refused with its text, at
    the similarity unless it names an option.
    """
    shape, classes = TRIED, torch.arange(TRIED_CLASSES).view(TRIED[:2])
    other = deepcopy(loss)  # some losses remember earlier tasks
    for step in range(2):  # some losses keep state that breaks their next step
        images = torch.arange(step, step + math.prod(shape) * dim).sin().view(*shape, dim).requires_grad_()
        try:
            with of_part("similarity", name):  # at fault, unless the error names an option
                value = loss(images[:, :, :1], images[:, :, 1:], similarity, classes)
            value.backward()
            turned = images.detach().flip(1)
            again = value if step else other(turned[:, :, :1], turned[:, :, 1:], similarity, classes.flip(1))
        except RequestError:
            raise
        except Exception as error:
            message = f"loss {name} cannot learn by {type(similarity).__name__}: {reason(error)}"
            raise RequestError(message, "similarity") from error
        values = [float(one.detach()) for one in (value, again)]
        if not all(map(math.isfinite, values)):
            raise RequestError(f"loss {name}: expected options that give a finite value, got {values[0]}", "loss")
        if not math.isclose(*values, rel_tol=1e-3, abs_tol=1e-6):
            got = "{:.6g} and, in another order, {:.6g}".format(*values)
            message = f"loss {name}: expected the same value for every order of the classes, got {got}"
            raise RequestError(message, "loss")


def try_objective(learner: TrainableLearner, name: str, shape: tuple[int, int, int]) -> None:
    """Refuse a learner whose own objective cannot learn with its network, by one step on made-up images."""
    images = torch.arange(2 * 2 * math.prod(shape)).sin().abs().view(1, 2, 2, *shape)
    try:
        learner.objective(Tasks(images[:, :, :1], images[:, :, 1:], torch.arange(2)[None]), None).backward()
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise RequestError(f"learner {name} cannot learn with this network: {reason}", "learner") from error
