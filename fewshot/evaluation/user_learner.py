"""The learner of a user's model: a module from images to vectors, a learner, or a function from tasks to scores."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeGuard

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from fewshot.core.checks import of_type
from fewshot.core.errors import RequestError, unknown
from fewshot.core.rng import seeded
from fewshot.core.spec.names import SHOT_RULES
from fewshot.core.spec.run_spec import Part
from fewshot.core.types import Images, Learner, Scores, Similarity, Tasks
from fewshot.evaluation.model_trial import checked_embeddings, checked_scores, try_learner
from fewshot.models.learners.siamese import siamese
from fewshot.models.shot_rules import RULES
from fewshot.registry.lookup import load


def check_model(model: object) -> None:
    """Refuse an object that cannot be a model, and a class in place of its object."""
    expected = "model: expected a module from images to vectors, a learner or a function from tasks to scores, got"
    if isinstance(model, type):
        raise RequestError(f"{expected} the class {model.__name__}: an object is made by {model.__name__}(…)")
    if not isinstance(model, nn.Module | Learner) and not callable(model):
        raise RequestError(f"{expected} {model!r}")
    if isinstance(model, nn.Module) and any(weight.is_meta for weight in model.parameters()):
        raise RequestError("model: expected weights with values, got weights on the device meta, which have none")
    if isinstance(model, nn.Module) and (lazy := [name for name, one in model.named_parameters() if is_lazy(one)]):
        raise RequestError(f"model: expected weights with values, got none of {lazy[0]}: call the module once before")


@contextmanager
def modes_kept(model: object) -> Iterator[None]:
    """Restore the mode of every module of a model, training or evaluation, at the end of the block."""
    parts = model.modules() if isinstance(model, nn.Module) else ()
    modes = [(part, part.training) for part in parts if hasattr(part, "training")]
    try:
        yield
    finally:
        for part, training in modes:
            if part.training != training:
                part.train(training)  # which may be the module's own
        for part, training in modes:
            part.training = training


def embeds(model: object) -> TypeGuard[nn.Module]:
    """Whether a model is a module from images to vectors."""
    return isinstance(model, nn.Module) and not isinstance(model, Learner)


def comparison(model: object, similarity: str | None, shot_rule: str | None) -> tuple[str, str]:
    """The names of the similarity and the shot rule for a module's vectors; other models compare by their own.

    Raises `RequestError` where another model is given one of them.
    """
    of_type(str | None, similarity=similarity, shot_rule=shot_rule)
    for name, value in (("similarity", similarity), ("shot_rule", shot_rule)):
        if value is not None and not embeds(model):
            what = type(model).__qualname__
            raise RequestError(f"{name}: expected none for {what}, which compares by its own, got {value!r}")
    return similarity or "euclidean", shot_rule or "mean_score"


class Function:
    """A learner of a function from tasks to scores; `transductive` if the function has this attribute, set to true."""

    def __init__(self, function: Callable[[Tasks], Scores]) -> None:
        self.function, self.transductive = function, bool(getattr(function, "transductive", False))

    def scores(self, tasks: Tasks) -> Scores:
        """Scores of the function, checked at every call."""
        return checked_scores(self.function, tasks, "; what makes vectors of images is handed over as an nn.Module")


def as_learner(
    model: nn.Module | Learner | Callable[[Tasks], Scores],
    images: Images,
    tasks: Tasks,
    similarity: Part,
    shot_rule: str,
) -> Learner:
    """The learner of a model, tried on these images and tasks.

    A module is put in evaluation mode; one from images to vectors is compared by the similarity.
    """
    if shot_rule not in SHOT_RULES:
        raise unknown("shot rule", shot_rule, SHOT_RULES)
    learner = model
    if embeds(model):
        embedded = checked_embeddings(model.eval(), images)
        learner = siamese(model, _compared(similarity, embedded.shape[1:]).to(images.device), shot_rule)
        if not hasattr(learner.similarity, needed := RULES[shot_rule].needs):
            lacking = f"similarity: expected one with {needed!r} for the shot rule {shot_rule}"
            raise RequestError(f"{lacking}, got {similarity.name}, which has none")
    elif not isinstance(model, Learner):
        learner = Function(model)
    try_learner(learner, images, tasks)
    return learner


def _compared(similarity: Part, shape: tuple[int, ...]) -> Similarity:
    """The similarity of embeddings. Raises `RequestError` for one with random weights, which no one has trained."""
    made = []
    for seed in range(2):
        with seeded(seed, "similarity"):
            made.append(load("similarities", similarity.name)(tuple(shape), **similarity.options))
    both = (one.state_dict().values() for one in made)
    if not all(torch.equal(one, other) for one, other in zip(*both, strict=True)):
        raise RequestError(
            f"similarity: expected one without random weights, got {similarity.name}, which is not trained here; "
            "`fewshot.train` returns a learner with a trained one, and a learner of your own may hold one"
        )
    return made[0]
