"""Queries against supports: the scores of all pairs, which pairs share a class, and scores of whole classes."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import cross_entropy

from fewshot.core.types import Query, Scalar, Scores, Support

Comparisons = Float[Tensor, "task way query candidate shot"]
Measure = Callable[[Tensor, Tensor], Tensor]


def compare(
    support: Support, query: Query, measure: Measure
) -> tuple[Comparisons, Bool[Tensor, "task way query candidate shot"]]:
    """`measure` of every query with every support image, and whether the two share a class."""
    way, shot = support.shape[1:3]
    values = measure(query.flatten(1, 2), support.flatten(1, 2)).unflatten(2, (way, shot)).unflatten(1, (way, -1))
    same = torch.eye(way, dtype=torch.bool, device=support.device)[None, :, None, :, None]
    return values, same.expand_as(values)


def class_scores(support: Support, query: Query, measure: Measure) -> Scores:
    """`measure` of every query with every class: the mean over its shots."""
    return compare(support, query, measure)[0].mean(-1)


def class_entropy(scores: Scores) -> Scalar:
    """Cross-entropy of every query's own class among its candidates."""
    target = torch.arange(scores.shape[1], device=scores.device)[None, :, None].expand(scores.shape[:3])
    return cross_entropy(scores.flatten(0, 2), target.flatten())


def mean_where(values: Float[Tensor, "*shape"], mask: Bool[Tensor, "*shape"]) -> Scalar:
    """Mean of the values where `mask` holds, without waiting for the device as indexing by a mask does."""
    return torch.where(mask, values, 0).sum() / mask.sum()
