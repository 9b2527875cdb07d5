"""Checks that every measure of a similarity ranks similar embeddings above dissimilar ones.

A similarity with a distance must do so from the start: nothing is nearer than an equal embedding. Without a distance,
equal embeddings must score higher than others of the same length on average. A similarity with weights and no distance,
such as a network over both embeddings, must do so after a few training steps, and with some of several fresh weights.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from fewshot.conformance.assertions import weights
from fewshot.conformance.breaches import Breach
from fewshot.conformance.inputs import numbers
from fewshot.conformance.similarities import make_similarity, measures, table_of
from fewshot.core.checks import Size
from fewshot.core.spec.run_spec import Part
from fewshot.training.optimisers import without_compiler

ZERO = 0.01  # share of the mean distance that counts as zero, by rounding
EMBEDDINGS, OTHERS = 6, 8
FRESH = 10  # networks tried: half rank equal pairs lower by chance, all do if the sign is wrong
NOISE, STEPS, RATE = 0.1, 100, 0.01
CLEARLY = 0.1  # share of the standard deviation of a measure's values
Make = Callable[..., tuple[nn.Module, int]]  # from a seed, with the length of embeddings


def check_ranking(part: Callable, named: Part, size: Size | None) -> list[str]:
    """Check each measure for equal or nearly equal embeddings against others, after training if it has weights."""
    make: Make = partial(make_similarity, part, named.options)
    similarity, dim = make()
    similarity.eval()
    found = measures(similarity)
    left, others = normalize(numbers(EMBEDDINGS, dim), dim=-1), normalize(numbers(OTHERS, dim, seed=1), dim=-1)
    right = torch.cat([left, others])
    if "distance" in found:
        _check_by_distance(similarity, found, left, torch.cat([left, -left, others]))
        return ["equal embeddings most alike"]
    if not weights(similarity):
        for measure in found:
            _check_lead(measure, "", table_of(similarity, measure, left, right))
        return ["equal embeddings more alike than others"]
    fresh = [make(seed=seed)[0].eval() for seed in range(FRESH)]
    for measure in found:
        if max(_lead(table_of(one, measure, left, right)) for one in fresh) < 0:
            wanted = f"a larger {measure} for equal embeddings than for others with some fresh weights"
            raise Breach(wanted, f"a smaller one with all of {FRESH}")
    _learn(similarity, found, left)
    for measure in found:
        table = table_of(similarity.eval(), measure, left, _beside(left, 1))
        _check_lead(measure, f" after {STEPS} steps of its weights", table)
    return [f"learns in {STEPS} steps which embeddings are alike"]


@torch.no_grad()
def _check_by_distance(similarity: nn.Module, found: Sequence[str], left: Tensor, right: Tensor) -> None:
    """Check embeddings against themselves, their opposites and others, where their distance is not zero."""
    distance = table_of(similarity, "distance", left, right)
    if not distance.diagonal().max() <= (most := ZERO * distance.mean()):
        got = f"{distance.diagonal().max():.3g}, where the mean is {distance.mean():.3g}"
        raise Breach("a distance of 0 between equal embeddings", got)
    for measure in found:
        table = table_of(similarity, measure, left, right)
        equal = table.diagonal()[:, None].expand_as(table)
        wrong = (distance > most) & ~(equal > table)
        if measure != "distance" and bool(wrong.any()):
            wanted = f"a larger {measure} for equal embeddings than for some at a distance"
            raise Breach(wanted, f"{equal[wrong][0]:.3g} and {table[wrong][0]:.3g}")


def _check_lead(measure: str, when: str, table: Tensor) -> None:
    if not (lead := _lead(table)) > CLEARLY * float(table.detach().std()):
        got = f"one {abs(lead):.3g} {'larger' if lead > 0 else 'smaller'}"
        wanted = f"a clearly larger {measure} for similar embeddings than for others{when}"
        raise Breach(wanted, f"{got} on average")


def _learn(similarity: nn.Module, found: Sequence[str], left: Tensor) -> None:
    """Train the weights to find each embedding's near copy among all, by every measure."""
    optimiser = without_compiler(torch.optim.Adam)(weights(similarity).values(), RATE)
    similarity.train()
    for step in range(STEPS):
        tables = [table_of(similarity, measure, left, _beside(left, 2 + step)) for measure in found]
        optimiser.zero_grad()
        sum(cross_entropy(table, torch.arange(len(left))) for table in tables).backward()
        optimiser.step()


@torch.no_grad()
def _lead(table: Tensor) -> float:
    """Mean of the diagonal minus mean of the rest."""
    same = torch.eye(*table.shape, dtype=torch.bool)
    return float(table[same].mean() - table[~same].mean())


def _beside(left: Tensor, seed: int) -> Tensor:
    """Embeddings near those of `left`, also of norm 1."""
    return normalize(left + NOISE * normalize(numbers(*left.shape, seed=seed), dim=-1), dim=-1)
