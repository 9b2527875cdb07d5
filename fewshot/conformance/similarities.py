"""Checks of a similarity: a value for every left and right embedding, with finite gradients even for equal ones."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import ROUNDED, check_close, check_tensor, gradients, sizes, weights
from fewshot.conformance.breaches import Breach, inside
from fewshot.conformance.gradients import IN_FLOAT64, NOT_SMOOTH, Tried, check_differences, is_smooth
from fewshot.conformance.inputs import numbers
from fewshot.conformance.modules import check_again, check_made, check_on_gpu, check_saved, check_weights
from fewshot.core.checks import Size
from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded
from fewshot.core.spec.run_spec import Part
from fewshot.core.types import MEASURES, Similarity

SHAPES = ((7,), (3, 2, 3))  # of the embeddings: flat, or maps if the similarity refuses these
TASK, LEFT, RIGHT = 2, 3, 4
ALONE = 1e-4  # share of the norm, by another order of sums


def check_similarity(part: Callable, named: Part, size: Size | None) -> list[str]:
    """Check shapes and finite numbers with and without axes of tasks and of pairs, gradients at equal embeddings, and
    distances ≥ 0.

    Similarities get float32, in which learners compare; embeddings made in bfloat16 are rounded before.
    """
    if not isinstance(part, type):
        raise Breach("a class with measures as methods", repr(part))
    make = partial(make_similarity, part, named.options)
    similarity, dim = make()
    found = measures(similarity)
    if not isinstance(similarity, nn.Module):
        raise Breach("an nn.Module", type(similarity).__name__)
    if not isinstance(similarity, Similarity):
        raise Breach("a method score", ", ".join(found) or "none of the measures")
    both, equal, zero = _embeddings(dim), numbers(LEFT, dim), torch.zeros(LEFT, dim)
    batched = _embeddings(dim, TASK), _embeddings(dim, TASK, 2)  # of tasks, and of pairs
    given = (both, *batched, (equal, equal.clone()), (zero, zero.clone()))
    for measure in found:
        for (left, right), note in zip(given, ("", "", "", ", equal", ", all zero"), strict=True):
            sources = {"left embeddings": left.requires_grad_(), "right embeddings": right.requires_grad_()}
            table = table_of(similarity, measure, left, right, note)
            gradients(table, sources, sizes(left=left, right=right) + note)

    def learning(one: nn.Module) -> Mapping[str, Tensor | None]:
        tables = _tables(one, *both)
        return gradients(tables * numbers(*tables.shape), weights(one), "all measures")

    check_weights(learning(similarity), lambda: make(seed=2)[0], learning, "no measure depends on it")
    similarity.eval()  # batch norms in training mode would mix embeddings of the batch
    with torch.no_grad():
        for measure in found:
            _check_alone(similarity, measure, dim)
    check_again(lambda: _tables(make()[0], *both), "numbers")
    saved = check_saved(similarity, make(seed=1)[0], lambda one: _tables(one.eval(), *both))
    smooth = _check_differences(make) if is_smooth(similarity) else NOT_SMOOTH
    on_gpu = check_on_gpu(lambda to: _tables(make()[0].to(to).eval(), *(values.to(to) for values in both)))
    return [
        f"{', '.join(found)} of {LEFT} left and {RIGHT} right embeddings of {dim} numbers: finite, with finite "
        f"gradients, also where embeddings are equal or zero{', to every weight' if weights(similarity) else ''}",
        f"the same alone as in a batch, and within {ROUNDED:.0%} for embeddings rounded to bfloat16",
        f"{smooth}; {saved}; {on_gpu}",
    ]


def make_similarity(
    part: Callable, options: dict, shapes: Sequence[tuple[int, ...]] = SHAPES, seed: int = 0
) -> tuple[nn.Module, int]:
    """The similarity for the first of `shapes` that it accepts, and the length of its embeddings."""
    refused: list[RequestError] = []
    for shape in shapes:
        try:
            with inside(f"embeddings of shape {shape}"), seeded(seed, "conformance"):
                made = part(shape, **options)
            check_made(made)
            return made, math.prod(shape)
        except Breach:
            raise
        except RequestError as error:
            refused.append(error)
    raise refused[0]


def measures(similarity: nn.Module) -> list[str]:
    """The measures that a similarity has."""
    return [measure for measure in MEASURES if hasattr(similarity, measure)]


def table_of(
    similarity: Similarity, measure: str, left: Tensor, right: Tensor, note: str = "", seed: int = 0
) -> Tensor:
    """A measure of every left with every right embedding, with shape and numbers checked."""
    given = sizes(left=left, right=right) + note
    with inside(given), seeded(seed, "conformance", left.device):
        table = getattr(similarity, measure)(left, right)
    check_tensor(f"a {measure}", table, (*left.shape[:-1], right.shape[-2]), given)
    if measure == "distance" and table.min() < 0:
        raise Breach(f"a distance of at least 0, given {given}", f"{table.min():.3g}")
    return table


def _embeddings(dim: int, *task: int) -> tuple[Tensor, Tensor]:
    return numbers(*task, LEFT, dim), numbers(*task, RIGHT, dim, seed=1)


def _tables(similarity: Similarity, left: Tensor, right: Tensor, note: str = "") -> Tensor:
    """All measures of a similarity, stacked."""
    return torch.stack([table_of(similarity, measure, left, right, note) for measure in measures(similarity)])


def _check_alone(similarity: Similarity, measure: str, dim: int) -> None:
    """Check that a measure draws no numbers, and is nearly the same for two embeddings alone and for rounded ones."""
    left, right = _embeddings(dim, TASK)
    table = table_of(similarity, measure, left, right)
    drawn = table_of(similarity, measure, left, right, seed=1)
    check_close(f"the same {measure} whatever numbers are drawn, in eval mode,", drawn, table, ALONE)
    alone = [table_of(similarity, measure, left[n, n : n + 1], right[n, n : n + 1]) for n in range(TASK)]
    together = torch.stack([table[n, n : n + 1, n : n + 1] for n in range(TASK)])
    wanted = f"the same {measure} of two embeddings alone as among others,"
    check_close(wanted, torch.stack(alone), together, ALONE)
    rounded = table_of(similarity, measure, left.bfloat16().float(), right.bfloat16().float())
    check_close(f"nearly the same {measure} for embeddings rounded to bfloat16,", rounded, table, ROUNDED)


def _check_differences(make: Callable) -> str:
    similarity, dim = make()
    left, right = _embeddings(dim)
    inputs = {"left embeddings": left, "right embeddings": right}
    tried = Tried(partial(_tables, note=IN_FLOAT64), similarity.eval(), **inputs)
    return check_differences(tried, sizes(left=left, right=right))
