"""Probes identified among the enrolled identities of a gallery: the rank of each one's own identity, and its scores."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fewshot.core.errors import NotFinite
from fewshot.evaluation.reference_rule import RULES, mean_score
from fewshot.evaluation.scorer import Scorer
from fewshot.protocols import Protocol
from fewshot.records.answers import Identified
from fewshot.tasks.galleries import gallery_of

NUMBERS = 2**24  # of two embeddings and all their dimensions, compared at once, about
Table = Float[Tensor, "probe identity"]


def identify(scorer: Scorer, protocol: Protocol, rule: str = "") -> tuple[Identified, ...]:
    """The probes of each gallery of the protocol; none for a learner that does not embed images one by one.

    Several references of one identity are compared by the `rule`, "" for their mean score. Raises `NotFinite` for a
    score that is not finite.
    """
    bank, embeddings = scorer.bank, scorer.embeddings
    if embeddings is None:
        return ()
    found, side = [], max(1, int((NUMBERS / embeddings[0].numel()) ** 0.5))
    for number in protocol.gallery:
        drawn, parts = gallery_of(bank, protocol, number), []
        references = embeddings[drawn.references].split(side)
        for probes, own in zip(drawn.probes.split(side), drawn.own.split(side), strict=True):
            columns = [_scores(rule or mean_score.__name__, scorer, some, embeddings[probes]) for some in references]
            parts.append(_ranked(torch.cat(columns, 1), own))
        counts = torch.bincount(bank.label[drawn.probes], minlength=len(bank.classes)).tolist()
        values = (torch.cat(one).tolist() for one in zip(*parts, strict=True))
        found.append(Identified(number, len(drawn.references), counts, *values))
    return tuple(found)


def _scores(
    rule: str, scorer: Scorer, references: Float[Tensor, "identity reference dim"], probes: Float[Tensor, "probe dim"]
) -> Table:
    """The score of every probe beside every identity: probes are queries of a task with these identities as classes."""
    way, each = len(references), -(-len(probes) // len(references))
    filled = probes[torch.arange(way * each, device=probes.device).clamp(max=len(probes) - 1)]
    scores = RULES[rule](scorer.pair_score, references[None], filled.unflatten(0, (way, each))[None])
    return scores[0].flatten(0, 1)[: len(probes)]


def _ranked(
    scores: Table, own: Int64[Tensor, " probe"]
) -> tuple[Int64[Tensor, " probe"], Float[Tensor, " probe"], Float[Tensor, " probe"]]:
    """The rank of each probe's own identity, behind all that score no less, its score, and the best of all others."""
    if not bool(scores.isfinite().all()):
        raise NotFinite(f"{int((~scores.isfinite()).sum())} of {scores.numel()} scores are not finite")
    mine = scores.gather(1, own[:, None])
    other = scores.scatter(1, own[:, None], -torch.inf).amax(1)
    return (scores >= mine).sum(1), mine[:, 0], other
