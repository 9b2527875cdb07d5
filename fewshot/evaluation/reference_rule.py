"""The rules by which several references of one class are compared with a probe."""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from fewshot.core.types import Query, Scores, Support

PairScore = Callable[[Support, Query], Scores]


def mean_embedding(score: PairScore, references: Support, probes: Query) -> Scores:
    """The score of the mean of a class's embeddings."""
    return score(references.mean(2, keepdim=True), probes)


def mean_score(score: PairScore, references: Support, probes: Query) -> Scores:
    """The mean of the scores of a class's references."""
    return _each(score, references, probes).mean(0)


def max_score(score: PairScore, references: Support, probes: Query) -> Scores:
    """The largest of the scores of a class's references."""
    return _each(score, references, probes).amax(0)


RULES: Mapping[str, Callable[[PairScore, Support, Query], Scores]] = {
    one.__name__: one for one in (mean_embedding, mean_score, max_score)
}


def _each(score: PairScore, references: Support, probes: Query) -> Float[Tensor, "shot task way query candidate"]:
    """The scores of each reference alone."""
    return torch.stack([score(one, probes) for one in references.split(1, 2)])
