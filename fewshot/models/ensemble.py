"""An ensemble: several trained networks whose scores are averaged."""

from collections.abc import Iterator, Sequence

import torch
from torch import nn

from fewshot.core.types import (
    EmbeddingLearner,
    Embeddings,
    Images,
    Learner,
    Query,
    Scores,
    Support,
    Tasks,
    VerifyingLearner,
)


def ensemble(members: Sequence[Learner]) -> Learner:
    """The learner whose scores are the means of its members'; it embeds images where all of them do."""
    return _Embedding(members) if all(isinstance(one, EmbeddingLearner) for one in members) else _Ensemble(members)


class _Ensemble(nn.Module):
    """The mean of the scores of trained members of one kind."""

    def __init__(self, members: Sequence[Learner]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)  # pyright: ignore[reportArgumentType]
        self.transductive = any(one.transductive for one in members)

    def scores(self, tasks: Tasks) -> Scores:
        return _mean([one.scores(tasks) for one in self.members])


class _Embedding(_Ensemble):
    """The embeddings of all members, one behind the other, of which each compares its own."""

    def embed(self, images: Images) -> Embeddings:
        return torch.cat([one.embed(images) for one in self.members], -1)

    def compare(self, support: Support, query: Query) -> Scores:
        return _mean([one.compare(*own) for one, own in self._own(support, query)])

    def verify(self, support: Support, query: Query) -> Scores:
        """Scores of pairs that depend on no other class, of members that have such scores."""
        how = [one.verify if isinstance(one, VerifyingLearner) else one.compare for one in self.members]
        return _mean([score(*own) for score, (_, own) in zip(how, self._own(support, query), strict=True)])

    def _own(self, support: Support, query: Query) -> Iterator[tuple[nn.Module, tuple[Support, Query]]]:
        """Each member with the supports and queries as it embeds them."""
        sides = [side.chunk(len(self.members), -1) for side in (support, query)]
        return zip(self.members, zip(*sides, strict=True), strict=True)


def _mean(scores: Sequence[Scores]) -> Scores:
    return torch.stack([*scores]).mean(0)
