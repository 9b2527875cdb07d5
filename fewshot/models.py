"""A user's own model as a learner: a module from images to vectors, a learner, or a function from tasks to scores."""

import hashlib
from collections.abc import Callable

import torch
from torch import nn

from fewshot.bank import ImageBank
from fewshot.contracts import Images, Learner, Scores, Tasks
from fewshot.errors import RequestError
from fewshot.learners.siamese import siamese
from fewshot.normalise import IMAGENET, Normalise, statistics_of
from fewshot.registry import load
from fewshot.spec import Part


def embeds(model: object) -> bool:
    """Whether it is a module from images to vectors."""
    return isinstance(model, nn.Module) and not isinstance(model, Learner)


def as_learner(
    model: nn.Module | Learner | Callable[[Tasks], Scores], images: Images, similarity: Part | None, shot_rule: str
) -> Learner:
    """A learner of what `evaluate` takes; a module from images to vectors meets `images` and no longer trains."""
    if isinstance(model, Learner):
        return model
    if not isinstance(model, nn.Module):
        return _Function(model)
    with torch.inference_mode():
        embedded = model.eval()(images)
    if embedded.ndim != 2:
        number, came = len(images), list(embedded.shape)
        raise RequestError(f"expected embeddings [{number} dim] of {number} images, got {came}")
    compare = load("similarities", similarity.name)(tuple(embedded.shape[1:]), **similarity.options)
    return siamese(model, compare.to(images.device), shot_rule)


def behind_statistics(model: object, learned: ImageBank | None, bank: ImageBank) -> nn.Module:
    """A module from images to vectors behind a layer of the statistics of what was learned from, else of ImageNet."""
    if not embeds(model):
        raise RequestError(f"normalise: expected a module from images to vectors, got {type(model).__qualname__}")
    if learned is None and bank.shape[0] != 3:
        raise RequestError(f'normalise: expected "own" for images of {bank.shape[0]} channel, got "imagenet", of three')
    statistics = statistics_of(learned) if learned else IMAGENET
    return nn.Sequential(Normalise(statistics).to(bank.device), model)


class _Function:
    """A learner that is a function."""

    transductive = False

    def __init__(self, function: Callable[[Tasks], Scores]) -> None:
        self.scores = function


def fingerprint(model: object) -> str:
    """SHA-256 of a module's weights; empty for what is none."""
    if not isinstance(model, nn.Module):
        return ""
    content = hashlib.sha256()
    for name, value in model.state_dict().items():
        content.update(name.encode() + value.detach().cpu().flatten().view(torch.uint8).numpy().tobytes())
    return content.hexdigest()
