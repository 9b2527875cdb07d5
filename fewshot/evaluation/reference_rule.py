"""The rule by which several references of one class are compared with a probe, chosen on val."""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.core.statistics.roc import equal_error_rate
from fewshot.core.types import EmbeddingLearner, Learner, Query, Scores, Support
from fewshot.data.bank import ImageBank
from fewshot.evaluation.scorer import Scorer
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.fixed import evaluation_tasks

REFERENCES = 5  # of a class, or as many as its images allow
NUMBERS = 2**22  # of embeddings compared at once, about

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


@torch.inference_mode()
def choose_rule(learner: Learner, val: ImageBank, protocol: Protocol) -> str:
    """The rule with the lowest equal error between probes of the own class and of other classes, the first of equals.

    Probes are the queries of tasks posed as those that select a checkpoint, each class having up to `REFERENCES`
    references. "" for a learner that does not embed images one by one, and where val has too few images of a class for
    two references and a probe.
    """
    kind, drawn = protocol.selects_by, None
    for shot in range(REFERENCES, 1, -1):
        shape = TaskShape(kind.shape.way, shot, 1)
        several = Episodes(shape, kind.number, kind.within_group, kind.other_authors, among="references")
        try:
            drawn = evaluation_tasks(val, several, protocol)
            break
        except RequestError:
            continue
    if drawn is None or not isinstance(learner, EmbeddingLearner):
        return ""
    scorer = Scorer(learner, val)
    found: dict[str, list[Tensor]] = {name: [] for name in RULES}
    count = max(1, NUMBERS // (drawn.support[0].numel() * scorer.embeddings.shape[1]))
    for first in range(0, len(drawn), count):
        some = drawn[first : first + count]
        references, probes = scorer.embeddings[some.support], scorer.embeddings[some.query]
        for name, rule in RULES.items():
            found[name].append(rule(scorer.pair_score, references, probes))
    errors = {name: _equal_error(torch.cat(scores)) for name, scores in found.items()}
    return min(errors, key=lambda name: errors[name])


def _each(score: PairScore, references: Support, probes: Query) -> Float[Tensor, "shot task way query candidate"]:
    """The scores of each reference alone."""
    return torch.stack([score(one, probes) for one in references.split(1, 2)])


def _equal_error(scores: Scores) -> float:
    own = torch.eye(scores.shape[1], dtype=torch.bool, device=scores.device)[:, None].expand(scores.shape[1:])
    same, different = scores[:, own], scores[:, ~own]
    return equal_error_rate(same.flatten().cpu().numpy(), different.flatten().cpu().numpy())
