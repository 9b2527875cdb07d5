"""A similarity compares every left with every right embedding, with finite gradients even where they are equal."""

import math
from collections.abc import Callable

import torch

from fewshot.conformance._parts import check_tensor, dims, gradients, inside, numbers
from fewshot.contracts import MEASURES, Similarity
from fewshot.errors import RequestError
from fewshot.rng import seeded
from fewshot.sources import Entry

SHAPES = ((7,), (3, 2, 3))  # of the embeddings: flat or, for a similarity that refuses these, maps
LEFT, RIGHT = 3, 4


def check_similarity(entry: Entry, part: Callable, options: dict, size: int | None) -> list[str]:
    """Shapes and finite numbers with and without tasks before them, gradients at equal embeddings, distances ≥ 0."""
    if not isinstance(part, type):
        raise RequestError(f"{entry.label}: expected a class, whose measures a loss can ask for, got {part!r}")
    similarity, dim = made_similarity(entry, part, options)
    found = [measure for measure in MEASURES if hasattr(similarity, measure)]
    if not isinstance(similarity, Similarity):
        raise RequestError(f"{entry.label}: expected a method score, got {', '.join(found) or 'none of the measures'}")
    for measure in found:
        for batch in ((), (2,)):
            _measured(entry, similarity, measure, numbers(*batch, LEFT, dim), numbers(*batch, RIGHT, dim, seed=1))
        for equal in (numbers(LEFT, dim), torch.zeros(LEFT, dim)):
            _measured(entry, similarity, measure, equal, equal.clone(), ", equal" if equal.any() else ", all zero")
    plural = f"{', '.join(found)} of {LEFT} left and {RIGHT} right embeddings of {dim} numbers"
    return [f"{plural}: finite, with finite gradients, also where embeddings are equal or zero"]


def made_similarity(entry: Entry, part: Callable, options: dict) -> tuple[object, int]:
    """The similarity and the length of the embeddings that it was made for: flat ones or, if it refuses those, maps."""
    refused: list[RequestError] = []
    for shape in SHAPES:
        try:
            with inside(entry, f"embeddings of shape {shape}"), seeded(0, "conformance"):
                return part(shape, **options), math.prod(shape)
        except RequestError as error:
            refused.append(error)
    raise refused[0]


def _measured(
    entry: Entry, similarity: Similarity, measure: str, left: torch.Tensor, right: torch.Tensor, note: str = ""
) -> None:
    given = f"left {dims(left.shape)} and right {dims(right.shape)}{note}"
    sources = {"left embeddings": left.requires_grad_(), "right embeddings": right.requires_grad_()}
    with inside(entry, given), seeded(0, "conformance"):
        table = getattr(similarity, measure)(left, right)
    check_tensor(entry, f"a {measure}", table, (*left.shape[:-1], right.shape[-2]), given)
    if measure == "distance" and table.min() < 0:
        raise RequestError(f"{entry.label}: expected a distance of at least 0, given {given}, got {table.min():.3g}")
    gradients(entry, table, sources, given)
