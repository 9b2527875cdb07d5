"""The promise of a similarity: every left against every right embedding, finite gradients even where they are equal.

One whose gradients are not the derivatives of its measures says `smooth = False`.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import check_close, check_tensor, dims, gradients, inside, near, numbers, weights
from fewshot.conformance.gradients import IN_FLOAT64, NOT_SMOOTH, check_differences, is_smooth
from fewshot.conformance.modules import check_on_gpu, reloaded
from fewshot.conformance.ranking import check_alike
from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded
from fewshot.core.types import MEASURES, Similarity
from fewshot.registry.source import PartInfo

SHAPES = ((7,), (3, 2, 3))  # of the embeddings: flat or, for a similarity that refuses these, maps
TASK, LEFT, RIGHT = 2, 3, 4
ROUNDED = 0.1  # of the norm, for embeddings rounded to bfloat16


def check_similarity(entry: PartInfo, part: Callable, options: dict, size: int | None) -> list[str]:
    """Shapes and finite numbers with and without tasks before them, gradients at equal embeddings, distances ≥ 0.

    A similarity is given float32, as learners compare in it; what they embed in bfloat16 is rounded before.
    """
    if not isinstance(part, type):
        raise RequestError(f"{entry.label}: expected a class, whose measures a loss can ask for, got {part!r}")
    similarity, dim = made_similarity(entry, part, options)
    found = [measure for measure in MEASURES if hasattr(similarity, measure)]
    if not isinstance(similarity, nn.Module):
        raise RequestError(f"{entry.label}: expected an nn.Module, got {type(similarity).__name__}")
    if not isinstance(similarity, Similarity):
        raise RequestError(f"{entry.label}: expected a method score, got {', '.join(found) or 'none of the measures'}")
    for measure in found:
        for batch in ((), (TASK,)):
            _check_measure(entry, similarity, measure, numbers(*batch, LEFT, dim), numbers(*batch, RIGHT, dim, seed=1))
        for equal in (numbers(LEFT, dim), torch.zeros(LEFT, dim)):
            note = ", equal" if equal.any() else ", all zero"
            _check_measure(entry, similarity, measure, equal, equal.clone(), note)
    _check_weights(entry, similarity, found, dim)
    similarity.eval()  # as norms are that compare in training what else is in the batch
    for measure in found:
        _check_alone(entry, similarity, measure, dim)
        _check_rounded(entry, similarity, measure, dim)
    make = partial(made_similarity, entry, part, options)
    alike = check_alike(entry, make, partial(_table, entry), found)
    saved = _check_saved(entry, similarity, make, found)
    return [
        f"{', '.join(found)} of {LEFT} left and {RIGHT} right embeddings of {dim} numbers: finite, with finite "
        f"gradients, also where embeddings are equal or zero{', to every weight' if weights(similarity) else ''}",
        f"{alike}; in a batch as alone; of embeddings rounded to bfloat16 the same within {ROUNDED:.0%}",
        f"{_check_differences(entry, make, found)}; {saved}; {_check_gpu(entry, make, found)}",
    ]


def made_similarity(
    entry: PartInfo, part: Callable, options: dict, shapes: Sequence[tuple[int, ...]] = SHAPES, seed: int = 0
) -> tuple[nn.Module, int]:
    """The similarity and the length of the embeddings that it was made for: flat ones or, if it refuses those, maps."""
    refused: list[RequestError] = []
    for shape in shapes:
        try:
            with inside(entry, f"embeddings of shape {shape}"), seeded(seed, "conformance"):
                return part(shape, **options), math.prod(shape)
        except RequestError as error:
            refused.append(error)
    raise refused[0]


def _table(
    entry: PartInfo, similarity: Similarity, measure: str, left: Tensor, right: Tensor, note: str = ""
) -> Tensor:
    given = f"left {dims(left.shape)} and right {dims(right.shape)}{note}"
    with inside(entry, given), seeded(0, "conformance", left.device):
        table = getattr(similarity, measure)(left, right)
    check_tensor(entry, f"a {measure}", table, (*left.shape[:-1], right.shape[-2]), given)
    if measure == "distance" and table.min() < 0:
        raise RequestError(f"{entry.label}: expected a distance of at least 0, given {given}, got {table.min():.3g}")
    return table


def _check_measure(
    entry: PartInfo, similarity: Similarity, measure: str, left: Tensor, right: Tensor, note: str = ""
) -> None:
    sources = {"left embeddings": left.requires_grad_(), "right embeddings": right.requires_grad_()}
    table = _table(entry, similarity, measure, left, right, note)
    gradients(entry, table, sources, f"left {dims(left.shape)} and right {dims(right.shape)}{note}")


def _all_measures(
    entry: PartInfo, similarity: Similarity, found: Sequence[str], left: Tensor, right: Tensor, note: str = ""
) -> Tensor:
    return torch.stack([_table(entry, similarity, measure, left, right, note) for measure in found])


def _check_weights(entry: PartInfo, similarity: nn.Module, found: Sequence[str], dim: int) -> None:
    left, right = numbers(TASK, LEFT, dim).requires_grad_(), numbers(TASK, RIGHT, dim, seed=1)
    tables = _all_measures(entry, similarity, found, left, right)
    for name, grad in gradients(entry, tables * numbers(*tables.shape), weights(similarity), "all measures").items():
        if grad is None:
            raise RequestError(f"{entry.label}: expected a gradient for the {name}, got none: no measure depends on it")


@torch.no_grad()
def _check_alone(entry: PartInfo, similarity: Similarity, measure: str, dim: int) -> None:
    left, right = numbers(TASK, LEFT, dim), numbers(TASK, RIGHT, dim, seed=1)
    table = _table(entry, similarity, measure, left, right)
    for task, i, j in ((0, 0, 0), (1, LEFT - 1, RIGHT - 1)):
        alone = _table(entry, similarity, measure, left[task, i : i + 1], right[task, j : j + 1])[0, 0]
        if not near(alone, together := table[task, i, j]):
            said = f"expected a {measure} of two embeddings that depends on no other, {together:.6g}, got {alone:.6g}"
            raise RequestError(f"{entry.label}: {said} without the others")


@torch.no_grad()
def _check_rounded(entry: PartInfo, similarity: Similarity, measure: str, dim: int) -> None:
    left, right = numbers(TASK, LEFT, dim), numbers(TASK, RIGHT, dim, seed=1)
    expected = _table(entry, similarity, measure, left, right)
    found = _table(entry, similarity, measure, left.bfloat16().float(), right.bfloat16().float())
    check_close(entry, f"of embeddings rounded to bfloat16 nearly the same {measure},", found, expected, ROUNDED)


def _check_differences(entry: PartInfo, make: Callable, found: Sequence[str]) -> str:
    similarity, dim = make()
    if not is_smooth(similarity):
        return NOT_SMOOTH
    left, right = numbers(LEFT, dim).double().requires_grad_(), numbers(RIGHT, dim, seed=1).double().requires_grad_()
    sources = {"left embeddings": left, "right embeddings": right, **weights(similarity.double())}
    value = partial(_all_measures, entry, similarity.eval(), found, left, right, IN_FLOAT64)
    return check_differences(entry, value, sources, f"left {dims(left.shape)} and right {dims(right.shape)}")


@torch.no_grad()
def _check_saved(entry: PartInfo, similarity: nn.Module, make: Callable, found: Sequence[str]) -> str:
    other, dim = make(seed=1)
    other = reloaded(entry, similarity, other).eval()
    expected, came = (
        _all_measures(entry, one, found, numbers(LEFT, dim), numbers(RIGHT, dim, seed=1)) for one in (similarity, other)
    )
    if not near(came, expected, 1e-6):
        apart = f"numbers {(came - expected).abs().max():.3g} apart"
        raise RequestError(
            f"{entry.label}: expected its state_dict to be all of it, the same after loading, got {apart}"
        )
    return "saved and loaded by safetensors"


def _check_gpu(entry: PartInfo, make: Callable, found: Sequence[str]) -> str:
    def value(device: torch.device) -> Tensor:
        similarity, dim = make()
        given = numbers(LEFT, dim).to(device), numbers(RIGHT, dim, seed=1).to(device)
        return _all_measures(entry, similarity.to(device).eval(), found, *given)

    return check_on_gpu(entry, value)
