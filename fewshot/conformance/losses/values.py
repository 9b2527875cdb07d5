"""A loss's value on made-up embeddings of tasks, checked to be one finite number."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import check_tensor, sizes
from fewshot.conformance.breaches import blamed, inside
from fewshot.conformance.inputs import numbers
from fewshot.conformance.modules import check_made
from fewshot.conformance.similarities import SHAPES, make_similarity
from fewshot.core.rng import seeded
from fewshot.core.types import Loss, Similarity
from fewshot.models.losses import bind
from fewshot.registry.lookup import find, load, make_part

TASK, WAY, SHOT, QUERY, CLASSES = 2, 5, 3, 4, 11  # all different, also from the embeddings' length


def similarity_of(
    part: Callable, shapes: tuple[tuple[int, ...], ...] = SHAPES, name: str = ""
) -> tuple[nn.Module, int]:
    """A loss's default similarity, or the similarity `name`, and the length of its embeddings."""
    name = name or part.marks.similarity
    options = make_part("similarities", name).options
    with blamed(find("similarities", name)):
        return make_similarity(load("similarities", name), options, shapes)


def make_loss(part: Callable, options: dict, dim: int, seed: int = 0, classes: int = CLASSES) -> nn.Module:
    """The loss for embeddings of length `dim` and this number of training classes."""
    with inside(f"dim {dim} and {classes} classes"), seeded(seed, "conformance"):
        loss = bind(part, options, dim, classes)
    check_made(loss)
    return loss


def task_classes() -> Tensor:
    """Class numbers `[task way]`, each once in a task; the two tasks share some classes."""
    return torch.arange(WAY) + 2 * torch.arange(TASK)[:, None]


def value_of(loss: Loss, support: Tensor, query: Tensor, similarity: Similarity, **given: object) -> Tensor:
    """The loss of some embeddings, checked to be one finite number.

    `order` permutes the classes, `seed` sets the random numbers that the loss draws, and `note` is for messages.
    """
    classes = task_classes()[:, : support.shape[1]].to(support.device)
    if order := given.get("order"):
        support, query, classes = support[:, order], query[:, order], classes[:, order]
    note = given.get("note", sizes(supports=support, queries=query))
    with inside(note), seeded(given.get("seed", 0), "conformance", support.device):
        value = loss(support, query, similarity, classes)
    check_tensor("one number", value, (), note)
    return value


def embeddings(dim: int) -> list[tuple[Tensor, Tensor]]:
    """Random supports and queries of several shots and scales, so that distances are below and above most margins."""
    found = []
    for shot, scale in ((SHOT, 1.0), (1, 1.0), (SHOT, 0.1)):
        found.append((scale * numbers(TASK, WAY, shot, dim), scale * numbers(TASK, WAY, QUERY, dim, seed=1)))
    rounded = [values.bfloat16().float() for values in found[0]]  # as a learner passes them: compared in float32
    return [(support.requires_grad_(), query.requires_grad_()) for support, query in (*found, rounded)]
