"""The promise of a similarity to score like embeddings above unlike ones, by each of its measures.

One with a distance promises it from the start: nothing is nearer than an equal embedding. One without promises that
equal embeddings score higher than others of their length do on average. And one with weights and no distance, as a
network over both embeddings is, promises only that it can learn to: of fresh weights, some may have it so, and after a
few steps on embeddings that are nearly equal or not related these have.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from fewshot.conformance.assertions import numbers, weights
from fewshot.core.errors import RequestError
from fewshot.registry.source import PartInfo

ZERO = 0.01  # of the mean distance between others: what equal embeddings may be apart by rounding
EMBEDDINGS, OTHERS = 6, 8
FRESH = 10  # of as many fresh networks, half have equal embeddings lower than others; of a wrong sign all
NOISE, STEPS, RATE = 0.1, 100, 0.01
CLEARLY = 0.1  # of the deviation of the numbers that it gives
Tables = Callable[[nn.Module, str, Tensor, Tensor], Tensor]


def check_alike(
    entry: PartInfo, make: Callable[..., tuple[nn.Module, int]], tables: Tables, found: Sequence[str]
) -> str:
    """`make` gives a similarity and the length of embeddings by a `seed`; `tables` is a checked measure of it."""
    similarity, dim = make()
    similarity.eval()
    if "distance" in found:
        _check_by_distance(entry, similarity, tables, [one for one in found if one != "distance"], dim)
        return "equal embeddings most alike"
    left = normalize(numbers(EMBEDDINGS, dim), dim=-1)
    if not weights(similarity):
        for measure in found:
            with torch.no_grad():
                table = tables(similarity, measure, left, torch.cat([left, _others(dim)]))
            _check_lead(entry, measure, "", table)
        return "equal embeddings more alike than others"
    _check_not_upside_down(entry, make, tables, found, left)
    _learn(similarity, tables, found, left)
    for measure in found:
        with torch.no_grad():
            table = tables(similarity.eval(), measure, left, _beside(left, 1))
        _check_lead(entry, measure, f" after {STEPS} steps of its weights", table)
    return f"learns in {STEPS} steps which embeddings are alike"


@torch.no_grad()
def _check_by_distance(entry: PartInfo, similarity: nn.Module, tables: Tables, others: Sequence[str], dim: int) -> None:
    """Embeddings of one length with themselves, their opposites and others, as far as the distance tells them apart."""
    left = normalize(numbers(EMBEDDINGS, dim), dim=-1)
    right = torch.cat([left, -left, _others(dim)])
    distance = tables(similarity, "distance", left, right)
    if not distance.diagonal().max() <= (most := ZERO * distance.mean()):
        came = f"{distance.diagonal().max():.3g}, where the mean is {distance.mean():.3g}"
        raise RequestError(f"{entry.label}: expected a distance of 0 between equal embeddings, got {came}")
    for measure in others:
        table = tables(similarity, measure, left, right)
        equal = table.diagonal()[:, None].expand_as(table)
        if bool((wrong := (distance > most) & ~(equal > table)).any()):
            came = f"{equal[wrong][0]:.3g} and {table[wrong][0]:.3g}"
            said = f"a larger {measure} for equal embeddings than for some at a distance"
            raise RequestError(f"{entry.label}: expected {said}, got {came}")


def _check_lead(entry: PartInfo, measure: str, when: str, table: Tensor) -> None:
    if not (lead := _lead(table)) > CLEARLY * float(table.std()):
        came = f"one {abs(lead):.3g} {'larger' if lead > 0 else 'smaller'}"
        said = f"a clearly larger {measure} for like embeddings than for unlike ones{when}"
        raise RequestError(f"{entry.label}: expected {said}, got {came} on average")


@torch.no_grad()
def _check_not_upside_down(
    entry: PartInfo, make: Callable[..., tuple[nn.Module, int]], tables: Tables, found: Sequence[str], left: Tensor
) -> None:
    fresh = [make(seed=seed)[0].eval() for seed in range(FRESH)]
    for measure in found:
        leads = [_lead(tables(one, measure, left, torch.cat([left, _others(left.shape[1])]))) for one in fresh]
        if max(leads) < 0:
            raise RequestError(
                f"{entry.label}: expected a larger {measure} for equal embeddings than for others with some fresh "
                f"weights, got a smaller one with all of {FRESH}"
            )


def _learn(similarity: nn.Module, tables: Tables, found: Sequence[str], left: Tensor) -> None:
    """To find an embedding's own neighbour among all, by every measure."""
    optimiser = torch.optim.Adam(weights(similarity).values(), RATE)
    similarity.train()
    for step in range(STEPS):
        measured = [tables(similarity, measure, left, _beside(left, 2 + step)) for measure in found]
        optimiser.zero_grad()
        sum(cross_entropy(table, torch.arange(len(left))) for table in measured).backward()
        optimiser.step()


def _lead(table: Tensor) -> float:
    """How much larger the diagonal is than the rest, on average."""
    same = torch.eye(*table.shape, dtype=torch.bool)
    return float(table[same].mean() - table[~same].mean())


def _others(dim: int) -> Tensor:
    return normalize(numbers(OTHERS, dim, seed=1), dim=-1)


def _beside(left: Tensor, seed: int) -> Tensor:
    """Embeddings near those, which are of norm 1."""
    return normalize(
        left + NOISE * left.norm(dim=-1).mean() * normalize(numbers(*left.shape, seed=seed), dim=-1), dim=-1
    )
