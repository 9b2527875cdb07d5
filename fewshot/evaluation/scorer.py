"""`Scorer`: scores and answers of a learner on drawn tasks of one bank, whose images it embeds once."""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.types import EmbeddingLearner, Learner, Query, Scores, Support, VerifyingLearner
from fewshot.data.bank import ImageBank
from fewshot.evaluation.answers import AnswerCounts, Best, accuracy_of, best_of
from fewshot.evaluation.open_set import counts_of_tasks, open_set_figures, with_unknown
from fewshot.models.at_once import at_once, embedded_in_parts
from fewshot.protocols import Episodes
from fewshot.records.answers import Answers, trials_of
from fewshot.tasks.named_pairs import VerificationPairs
from fewshot.tasks.sampler import TaskIndices, gather

_COMPARISONS = 2**24  # numbers in one chunk of comparisons, at most
_SCORES = 2**22  # whose answers are counted at once, about


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
        scores = self.all(pairs.alone(self.bank), verify=True)
        best_of(scores)
        same, different = scores.flatten().split([len(pairs.same), len(pairs.different)])
        return same.tolist(), different.tolist()

    @property
    def pair_score(self) -> Callable[[Support, Query], Scores]:
        """The learner's comparison of embedded pairs, which depends on no other class where it has such a one."""
        return self.learner.verify if isinstance(self.learner, VerifyingLearner) else self.learner.compare

    def accuracies(self, drawn: TaskIndices) -> list[float]:
        """Accuracy of every task."""
        return accuracy_of(best_of(self.all(drawn))).tolist()

    def answers(
        self, drawn: TaskIndices, episodes: Episodes, judge: Callable[[Scores], Best] = best_of
    ) -> list[tuple[list[float], Answers]]:
        """For each of the kind's figures, its value in every task and the answers; `judge` finds those in scores of
        tasks that are drawn and not of an open set."""
        if episodes.trials:
            scores = self.all(drawn)
            return [
                (
                    accuracy_of(best_of(scores)).tolist(),
                    trials_of(drawn.classes.tolist(), scores.flatten(1, 2).tolist()),
                )
            ]
        if episodes.open_set:
            figures = open_set_figures(scores for _, scores in self._parts(with_unknown(drawn), 1))
            classes = len(self.bank.classes)
            return [(values, counts_of_tasks(drawn, values, classes, episodes)) for values in figures]
        found, counts = [], AnswerCounts(len(self.bank.classes), self.bank.device)
        for some, scores in self._parts(drawn, _SCORES):
            best = judge(scores).to(self.bank.device)
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
    rows, many = [], at_once(*bank.shape[1:])
    for first, found in zip(range(0, len(bank), many), embedded_in_parts(learner, bank.pixels), strict=True):
        number = min(many, len(bank) - first)
        if found.ndim != 2 or len(found) != number:
            raise RequestError(f"expected embeddings [{number} dim], got {list(found.shape)}")
        rows.append(found)
    return torch.cat(rows)
