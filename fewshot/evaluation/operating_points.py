"""Thresholds, a calibration and a rule for several references for a network, chosen on val."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch

from fewshot.core.statistics.likelihood_ratios import calibrate
from fewshot.core.statistics.operating_points import choose_points
from fewshot.core.types import Learner
from fewshot.data.bank import ImageBank
from fewshot.evaluation.measure import Scorer
from fewshot.evaluation.reference_rule import choose_rule
from fewshot.protocols import Protocol
from fewshot.records.record import RunRecord, six_digits
from fewshot.tasks.fixed import verification_pairs


@dataclass(frozen=True)
class Chosen:
    """Thresholds by name, and the slope and the offset that turn a score into a log-likelihood ratio.

    `chosen_by` is the id of the run on val that chose them, "" where the network itself did. `rule` is how it compares
    several references of one class, "" where that was not chosen.
    """

    points: dict[str, float] = field(default_factory=dict)
    calibration: tuple[float, float] | None = None
    chosen_by: str = ""
    rule: str = ""


def choose(same: Sequence[float], different: Sequence[float], chosen_by: str = "") -> Chosen:
    """The choice of scores as a record keeps them; nothing is chosen without pairs of both kinds."""
    if not same or not different:
        return Chosen()
    fitted, points = calibrate(same, different), choose_points(same, different)
    slope, offset = map(_nine_digits, (fitted.slope, fitted.offset))
    return Chosen({name: _nine_digits(value) for name, value in points.items()}, (slope, offset), chosen_by)


@torch.inference_mode()
def choose_on_val(learner: Learner, val: ImageBank, protocol: Protocol) -> Chosen:
    """The choice of a learner that has not learned from val."""
    same, different = Scorer(learner, val).pairs(verification_pairs(val, protocol, "val"))
    return replace(choose(six_digits(same), six_digits(different)), rule=choose_rule(learner, val, protocol))


def choose_by(twin: RunRecord | None) -> Chosen:
    """The choice of a twin, or nothing."""
    return choose(twin.same, twin.different, twin.id) if twin else Chosen()


def _nine_digits(value: float) -> float:
    """A number to nine digits, which keep it between two numbers of six."""
    return float(f"{value:.9g}")
