"""Thresholds, a calibration and a rule for several references for a network, chosen on val."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from fewshot.core.device import measuring
from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.core.statistics.operating_points import Chosen, choose
from fewshot.core.statistics.roc import equal_error_rate
from fewshot.core.types import Learner, Scores
from fewshot.data.bank import ImageBank
from fewshot.evaluation.reference_rule import RULES
from fewshot.evaluation.references import reference_errors
from fewshot.evaluation.scorer import Scorer
from fewshot.protocols import Episodes, Protocol
from fewshot.records.record import RunRecord, six_digits
from fewshot.tasks.fixed import evaluation_tasks, verification_pairs

REFERENCES = 5  # of a class, or as many as its images allow
NUMBERS = 2**22  # of embeddings compared at once, about


@measuring()
def choose_on_val(learner: Learner, val: ImageBank, protocol: Protocol) -> Chosen:
    """The choice of a learner that has not learned from val, by its scores as a record keeps them."""
    scorer = Scorer(learner, val)
    same, different = scorer.pairs(verification_pairs(val, protocol, "val"))
    return replace(choose(six_digits(same), six_digits(different)), rule=choose_rule(scorer, protocol))


def choose_by(twin: RunRecord | None) -> Chosen:
    """The choice of a twin, or nothing."""
    return choose(twin.same, twin.different, twin.id) if twin else Chosen()


@measuring()
def choose_rule(scorer: Scorer, protocol: Protocol) -> str:
    """The rule with the lowest equal error between probes of the own class and of other classes, the first of equals.

    Where val has forgeries, it is the mean of the equal errors against these and against images of other classes. ""
    for a learner that does not embed images one by one, and where val has too few images of a class for two references
    and a probe.
    """
    if scorer.embeddings is None:
        return ""
    errors = (_beside_forgeries if bool(scorer.bank.forged.any()) else _beside_classes)(scorer, protocol)
    return min(errors, key=lambda name: errors[name], default="")


def _beside_forgeries(scorer: Scorer, protocol: Protocol) -> dict[str, float]:
    """The mean over both roles of each rule's equal errors, with up to `REFERENCES` references of each class."""
    number = min(REFERENCES, int(scorer.bank.count.min()) - 1)
    if number < 2:
        return {}
    by_role = reference_errors(scorer, replace(protocol, references=(number,)))
    return {name: float(np.mean([rules[name][str(number)] for rules in by_role.values()])) for name in RULES}


def _beside_classes(scorer: Scorer, protocol: Protocol) -> dict[str, float]:
    """Each rule's equal error on the queries of tasks posed as those that select a checkpoint, each class having up to
    `REFERENCES` references."""
    kind, drawn = protocol.selects_by, None
    for shot in range(REFERENCES, 1, -1):
        shape = TaskShape(kind.shape.way, shot, 1)
        several = Episodes(shape, kind.number, kind.within_group, kind.other_authors, among="references")
        try:
            drawn = evaluation_tasks(scorer.bank, several, protocol)
            break
        except RequestError:
            continue
    if drawn is None:
        return {}
    found: dict[str, list[Tensor]] = {name: [] for name in RULES}
    count = max(1, NUMBERS // (drawn.support[0].numel() * scorer.embeddings.shape[1]))
    for first in range(0, len(drawn), count):
        some = drawn[first : first + count]
        references, probes = scorer.embeddings[some.support], scorer.embeddings[some.query]
        for name, rule in RULES.items():
            found[name].append(rule(scorer.pair_score, references, probes))
    return {name: _equal_error(torch.cat(scores)) for name, scores in found.items()}


def _equal_error(scores: Scores) -> float:
    own = torch.eye(scores.shape[1], dtype=torch.bool, device=scores.device)[:, None].expand(scores.shape[1:])
    same, different = scores[:, own], scores[:, ~own]
    return equal_error_rate(same.flatten().cpu().numpy(), different.flatten().cpu().numpy())
