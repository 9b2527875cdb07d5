"""Accuracy of each episode, its answers and verification scores, on the same fixed tasks for every method."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.spec import VERIFICATION
from fewshot.core.types import EmbeddingLearner, Learner, Query, Scores, Support, VariedLearner, VerifyingLearner
from fewshot.data.bank import ImageBank
from fewshot.evaluation.answers import AnswerCounts, accuracy_of, best_of
from fewshot.evaluation.open_set import counts_of_tasks, open_set_figures, with_unknown
from fewshot.protocols import Episodes, Protocol
from fewshot.records.answers import Answers, PairClasses, PairList, trials_of
from fewshot.tasks.fixed import evaluation_tasks, verification_pairs
from fewshot.tasks.named_pairs import VerificationPairs
from fewshot.tasks.sampler import TaskIndices, gather

_COMPARISONS = 2**24  # numbers in one chunk of comparisons, at most
_SCORES = 2**22  # whose answers are counted at once, about
_IMAGES, _PIXELS = 512, 2**20  # embedded at once, at most, as the maps of large images fill the memory


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


def accuracy(scores: Scores) -> Float[Tensor, " task"]:
    """Share of a task's queries whose own class scores highest; tied classes share the credit.

    Constant scores give exactly 1/way. Raises `NotFinite` for a score that is not finite.
    """
    return accuracy_of(best_of(scores))


def works(learner: Learner, protocol: Protocol, stage: str) -> int:
    """The number of `measure`'s progress reports: embedding, each kind of task of each variant, and verification."""
    return 2 + len(getattr(protocol, stage)) * (1 + len(_variants(learner)))


def _variants(learner: Learner) -> dict[str, Learner]:
    return learner.variants() if isinstance(learner, VariedLearner) else {}


@torch.inference_mode()
def measure(
    learner: Learner,
    bank: ImageBank,
    protocol: Protocol,
    stage: str,
    *,
    val: ImageBank | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Evaluate a learner on everything that the protocol measures at a stage; `bank` holds the stage's images.

    A learner's variants are evaluated on the same episodes: "5-way 1-shot", then "5-way 1-shot, batch statistics". A
    protocol with `verify` also needs `val`, whose pairs set the threshold. `progress` is called with the name of each
    next part.
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
    return Measured(found, same, different, bank.classes, answers, pairs.classes(bank), notes)


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


class Scorer:
    """A scorer of drawn tasks of one bank; an embedding learner embeds every image of the bank once, in float32."""

    def __init__(self, learner: Learner, bank: ImageBank) -> None:
        self.learner, self.bank, self.embeddings = learner, bank, None
        if isinstance(learner, nn.Module):
            learner.eval()
        if isinstance(learner, EmbeddingLearner):
            self.embeddings = embed_bank(learner, bank)

    def all(self, drawn: TaskIndices, *, verify: bool = False) -> Scores:
        """Scores of all tasks, computed in chunks; with `verify`, scores of pairs that depend on no other image."""
        return torch.cat([scores for _, scores in self._parts(drawn, 1, verify)])

    def pairs(self, pairs: VerificationPairs) -> tuple[list[float], list[float]]:
        """Scores of the same-class and the different-class pairs: drawn ones in their tasks, named ones alone."""
        if pairs.tasks:
            scores = self.all(pairs.tasks, verify=True)[:, :, 0]  # [task way candidate]
            best_of(scores[:, :, None])  # refuses scores that are not finite
            return scores[:, 0, 0].tolist(), scores[:, 2, 1].tolist()
        both = torch.cat([pairs.same, pairs.different])
        query, support = both.T[..., None, None]
        scores = self.all(TaskIndices(support, query, self.bank.label[support[..., 0]]), verify=True)
        best_of(scores)
        same, different = scores.flatten().split([len(pairs.same), len(pairs.different)])
        return same.tolist(), different.tolist()

    @property
    def pair_score(self) -> Callable[[Support, Query], Scores]:
        """The learner's comparison of embedded pairs, which depends on no other class where it has such a one."""
        return self.learner.verify if isinstance(self.learner, VerifyingLearner) else self.learner.compare

    def accuracies(self, drawn: TaskIndices) -> list[float]:
        """Accuracy of every task."""
        return accuracy(self.all(drawn)).tolist()

    def answers(self, drawn: TaskIndices, episodes: Episodes) -> list[tuple[list[float], Answers]]:
        """For each of the kind's figures, its value in every task and the answers."""
        if episodes.trials:
            scores = self.all(drawn)
            return [(accuracy(scores).tolist(), trials_of(drawn.classes.tolist(), scores.flatten(1, 2).tolist()))]
        if episodes.open_set:
            figures = open_set_figures(scores for _, scores in self._parts(with_unknown(drawn), 1))
            classes = len(self.bank.classes)
            return [(values, counts_of_tasks(drawn, values, classes, episodes)) for values in figures]
        found, counts = [], AnswerCounts(len(self.bank.classes), self.bank.device)
        for some, scores in self._parts(drawn, _SCORES):
            best = best_of(scores).to(self.bank.device)
            found += accuracy_of(best).tolist()
            counts.add(some.classes, best)
        return [(found, counts.counts(episodes.shape.way, episodes.within_group))]

    def _parts(self, drawn: TaskIndices, least: int, verify: bool = False) -> Iterator[tuple[TaskIndices, Scores]]:
        """Some tasks after others, and their scores, computed in chunks; at least about `least` scores at once."""
        way, query = drawn.query.shape[1:]
        size = self.embeddings.shape[1] if self.embeddings is not None else self.bank.pixels[0].numel()
        chunk = max(1, _COMPARISONS // (way * query * drawn.support[0].numel() * size))
        part = chunk * max(1, least // (chunk * way * query * way))
        for first in range(0, len(drawn), part):
            some = drawn[first : first + part]
            yield some, torch.cat([self._some(some[i : i + chunk], verify) for i in range(0, len(some), chunk)])

    def _some(self, drawn: TaskIndices, verify: bool) -> Scores:
        if self.embeddings is None:
            return self.learner.scores(gather(self.bank, drawn))
        score = self.pair_score if verify else self.learner.compare
        return score(self.embeddings[drawn.support], self.embeddings[drawn.query])


def embed_bank(learner: EmbeddingLearner, bank: ImageBank) -> Float[Tensor, "image dim"]:
    """Embeddings of all images of a bank. Raises `RequestError` if the learner does not return one row an image."""
    rows, (_, height, width) = [], bank.shape
    for pixels in bank.pixels.split(max(1, min(_IMAGES, _PIXELS // (height * width)))):
        rows.append(learner.embed(pixels.float().div_(255)).float())
        if rows[-1].ndim != 2 or len(rows[-1]) != len(pixels):
            raise RequestError(f"expected embeddings [{len(pixels)} dim], got {list(rows[-1].shape)}")
    return torch.cat(rows)


def selection_accuracy(learner: Learner, bank: ImageBank, drawn: TaskIndices) -> float:
    """Mean accuracy over the val tasks that select a checkpoint."""
    with torch.inference_mode():
        found = Scorer(learner, bank).accuracies(drawn)
    return sum(found) / len(found)


def selection_tasks(bank: ImageBank, protocol: Protocol) -> TaskIndices:
    """The val tasks that select a checkpoint."""
    return evaluation_tasks(bank, protocol.selects_by, protocol)
