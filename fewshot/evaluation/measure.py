"""Accuracy of each episode, its answers, verification scores and ranks in galleries, on the same images for every
method."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from fewshot.core.device import measuring
from fewshot.core.spec.names import IDENTIFICATION, VERIFICATION
from fewshot.core.statistics.intervals import mean
from fewshot.core.types import Learner, Scores, VariedLearner
from fewshot.data.bank import ImageBank
from fewshot.evaluation.answers import accuracy_of, best_of
from fewshot.evaluation.identification import identify
from fewshot.evaluation.references import reference_errors
from fewshot.evaluation.scorer import Scorer
from fewshot.protocols import Protocol
from fewshot.records.answers import Answers, Identified, PairClasses, PairList
from fewshot.records.record import ReferenceErrors
from fewshot.tasks.fixed import evaluation_tasks, verification_pairs
from fewshot.tasks.sampler import TaskIndices


@dataclass(frozen=True)
class Measured:
    """Accuracy of every episode by kind of task, and scores of same-class and different-class pairs.

    `answers` are by kind of task too; the classes of these and of the pairs are numbers in `classes`.
    """

    accuracy: dict[str, list[float]]
    same: list[float]
    different: list[float]
    classes: tuple[str, ...]
    answers: dict[str, Answers]
    pair_classes: PairClasses
    pair_list: PairList | None = None
    identified: tuple[Identified, ...] = ()
    references: ReferenceErrors = field(default_factory=dict)


def accuracy(scores: Scores) -> Float[Tensor, " task"]:
    """Share of a task's queries whose own class scores highest; tied classes share the credit.

    Constant scores give exactly 1/way. Raises `NotFinite` for a score that is not finite.
    """
    return accuracy_of(best_of(scores))


def works(learner: Learner, protocol: Protocol, stage: str) -> int:
    """The number of `measure`'s progress reports: embedding, each kind of task of each variant, verification, and
    identification where the protocol has galleries."""
    return 2 + len(getattr(protocol, stage)) * (1 + len(_variants(learner))) + bool(protocol.gallery)


def _variants(learner: Learner) -> dict[str, Learner]:
    return learner.variants() if isinstance(learner, VariedLearner) else {}


@measuring()
def measure(
    learner: Learner,
    bank: ImageBank,
    protocol: Protocol,
    stage: str,
    *,
    val: ImageBank | None = None,
    rule: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Evaluate a learner on everything that the protocol measures at a stage; `bank` holds the stage's images.

    A learner's variants are evaluated on the same episodes: "5-way 1-shot", then "5-way 1-shot, batch statistics". A
    protocol with `verify` also needs `val`, whose pairs set the threshold. `rule` compares several references of one
    class in a gallery; by default it is their mean score. `progress` is called with the name of each next part.
    """
    kinds = [(episodes, evaluation_tasks(bank, episodes, protocol)) for episodes in getattr(protocol, stage)]
    pairs, found, answers = verification_pairs(bank, protocol, stage), {}, {}
    progress("embedding")
    score = Scorer(learner, bank)
    for label, variant in {"": learner, **_variants(learner)}.items():
        scorer = Scorer(variant, bank) if label else score
        for episodes, drawn in kinds:
            names = [f"{figure}, {label}" if label else figure for figure in episodes.figures]
            progress(names[0])
            for name, (values, own) in zip(names, scorer.answers(drawn, episodes), strict=True):
                found[name], answers[name] = values, own
    progress(VERIFICATION)
    same, different = score.pairs(pairs)
    if protocol.verify:
        folds = pairs.notes.folds if pairs.notes else ()
        if len({*folds}) > 1:
            found[VERIFICATION] = right_by_fold(same, different, folds)
        else:
            chosen_by = same, different
            if stage != "val":
                chosen_by = Scorer(learner, val).pairs(verification_pairs(val, protocol, "val"))
            found[VERIFICATION] = right_at(best_threshold(*chosen_by), same, different)
    notes = pairs.notes if pairs.notes != PairList() else None
    if protocol.gallery:
        progress(IDENTIFICATION)
    more = identify(score, protocol, rule), reference_errors(score, protocol)
    return Measured(found, same, different, bank.classes, answers, pairs.classes(bank), notes, *more)


def right_at(threshold: float, same: Sequence[float], different: Sequence[float]) -> list[float]:
    """1 for each pair that the threshold judges rightly, 0 for the others; same-class pairs first."""
    return [float(one >= threshold) for one in same] + [float(one < threshold) for one in different]


def right_by_fold(same: Sequence[float], different: Sequence[float], folds: Sequence[str]) -> list[float]:
    """The same, for each fold by the threshold that is best on the pairs of all other folds."""
    kinds = [*zip((*same, *different), folds, strict=True)]
    kinds = kinds[: len(same)], kinds[len(same) :]
    by_fold = {}
    for fold in {*folds}:
        others = [[score for score, own in kind if own != fold] for kind in kinds]
        by_fold[fold] = best_threshold(*others)
    return [float((score >= by_fold[fold]) == (kind is kinds[0])) for kind in kinds for score, fold in kind]


def best_threshold(same: Sequence[float], different: Sequence[float]) -> float:
    """The score from which pairs count as same-class, with the best mean of the accuracies on both kinds of pair.

    It is half-way between two scores, or the lowest score; among equally good thresholds it is the lowest.
    """
    same, different = (torch.tensor(scores, dtype=torch.float64).sort().values for scores in (same, different))
    scores = torch.cat([same, different]).unique()
    between = torch.cat([scores[:1], (scores[1:] + scores[:-1]) / 2])
    right, wrong = torch.searchsorted(different, between), torch.searchsorted(same, between)  # pairs below
    return float(between[(right * len(same) - wrong * len(different)).argmax()])  # whole numbers: equals are equal


def selection_accuracy(learner: Learner, bank: ImageBank, drawn: TaskIndices) -> float:
    """Mean accuracy over the val tasks that select a checkpoint."""
    with measuring():
        return mean(Scorer(learner, bank).accuracies(drawn))


def selection_tasks(bank: ImageBank, protocol: Protocol) -> TaskIndices:
    """The val tasks that select a checkpoint."""
    return evaluation_tasks(bank, protocol.selects_by, protocol)
