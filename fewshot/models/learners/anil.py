"""Almost no inner loop: MAML in which only the head takes gradient steps on a task's supports (Raghu et al. 2020)."""

import math
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.core.spec.names import BATCH_STATISTICS
from fewshot.core.types import Embeddings, Images, Learner, Loss, Query, Scalar, Scores, Support, Tasks
from fewshot.models.adapters import maml as inner
from fewshot.models.learners import learner


@learner(trained=True, own_objective=True, by_task=True)
class anil(inner.InnerLoop):
    """learn2learn's MAML of a linear head on embeddings; the head's rows start at zero (see `adapters/maml.py`).

    A score is a log-probability. In training the supports and the queries of a task are embedded in one pass each, and
    both passes update the running statistics. In evaluation all images are embedded with the running statistics or, in
    the variant "batch statistics", a task's supports and its queries with statistics of their own.

    `first_order` omits second derivatives in training. The graphs of all tasks of a step are in memory at once.
    """

    def __init__(
        self, encoder: nn.Module, *, inner_steps: int = 5, inner_rate: float = 0.005, first_order: bool = False
    ) -> None:
        super().__init__(encoder, inner_steps, inner_rate, first_order)

    def objective(self, tasks: Tasks, loss: Loss | None = None) -> Scalar:
        """Mean cross-entropy of the queries after the head has adapted."""
        return inner.query_entropy(lambda *both: self._logits(*(embedded(self.encoder, one) for one in both)), tasks)

    def embed(self, images: Images) -> Embeddings:
        """Embeddings of images."""
        return self.encoder(images)

    def compare(self, support: Support, query: Query) -> Scores:
        """Log-probabilities of embedded tasks."""
        return inner.log_probabilities(partial(self._logits, measured=True), support, query)

    def scores(self, tasks: Tasks) -> Scores:
        """Log-probabilities of tasks of images, with the running statistics."""
        encoder = self._still()
        return self.compare(*(embedded(encoder, images) for images in (tasks.support, tasks.query)))

    def variants(self) -> dict[str, Learner]:
        """The learner in which the supports and the queries of each task have their own statistics."""
        return {BATCH_STATISTICS: inner.Transductive(self._scores_by_batch)}

    def _scores_by_batch(self, tasks: Tasks) -> Scores:
        encoder = self._still()
        inner.forget_statistics(encoder)

        def logits(support: inner.Shots, query: inner.Queries) -> inner.Logits:
            with torch.no_grad():
                both = [embedded(encoder, images) for images in (support, query)]
            return self._logits(*both, measured=True)

        return inner.log_probabilities(logits, tasks.support, tasks.query)

    def _still(self) -> nn.Module:
        """A copy of the encoder in evaluation mode."""
        return inner.clone(self.encoder, self.rate, True).module.eval()

    def _logits(self, support: inner.Shots, query: inner.Queries, *, measured: bool = False) -> inner.Logits:
        """Logits of one task of embeddings."""
        fast = inner.clone(
            inner.Head(math.prod(self.encoder.shape), len(support), support.device),
            self.rate,
            self.first_order or measured,
        )
        inner.adapt(fast, support, self.steps)
        return fast(query.flatten(0, 1)).unflatten(0, query.shape[:2])


def embedded(encoder: nn.Module, images: Tensor) -> Tensor:
    """Embeddings of images along several leading axes, which they keep."""
    shape = images.shape[:-3]
    return encoder(images.flatten(0, len(shape) - 1)).unflatten(0, shape)
