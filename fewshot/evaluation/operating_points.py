"""Thresholds, a calibration and a rule for several references for a network, chosen on val."""

from dataclasses import replace

import torch

from fewshot.core.statistics.operating_points import Chosen, choose
from fewshot.core.types import Learner
from fewshot.data.bank import ImageBank
from fewshot.evaluation.reference_rule import choose_rule
from fewshot.evaluation.scorer import Scorer
from fewshot.protocols import Protocol
from fewshot.records.record import RunRecord, six_digits
from fewshot.tasks.fixed import verification_pairs


@torch.inference_mode()
def choose_on_val(learner: Learner, val: ImageBank, protocol: Protocol) -> Chosen:
    """The choice of a learner that has not learned from val, by its scores as a record keeps them."""
    same, different = Scorer(learner, val).pairs(verification_pairs(val, protocol, "val"))
    return replace(choose(six_digits(same), six_digits(different)), rule=choose_rule(learner, val, protocol))


def choose_by(twin: RunRecord | None) -> Chosen:
    """The choice of a twin, or nothing."""
    return choose(twin.same, twin.different, twin.id) if twin else Chosen()
