"""Interfaces: tasks, encoder, similarity, loss and learner as types, and the names of axes.

task       tasks of a batch                 image      any list of images
pair       same-class pairs of a batch, each followed by a different-class pair
way        classes of a task; the index *is* the class
shot       support images of a class        query      query images of a class
candidate  the class that a query is compared with; as long as way

A module that keeps state outside its `state_dict` sets `resumable = False`: a stopped run then starts again instead of
resuming from a checkpoint.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fewshot.core.described import Described

Images = Float[Tensor, "image channel height width"]
Embeddings = Float[Tensor, "image dim"]
Support = Float[Tensor, "task way shot dim"]
Query = Float[Tensor, "task way query dim"]
Side = Float[Tensor, "pair 2 dim"]  # the embeddings of one side of pairs
Scores = Float[Tensor, "task way query candidate"]
Scalar = Float[Tensor, ""]
MEASURES = ("score", "distance", "logit")  # of a similarity; all have a score


@dataclass(frozen=True, repr=False)
class Tasks(Described):
    """A batch of tasks; row w is the same class in both sets. Pixels range from 0 to 1, and ink is 1.

    The last `forged` queries of each row are forgeries of its class: negatives of its supports, and of no other class.
    """

    support: Float[Tensor, "task way shot channel height width"]
    query: Float[Tensor, "task way query channel height width"]
    classes: Int64[Tensor, "task way"]
    forged: int = 0

    def summary(self) -> dict[str, str]:
        """Number and shape of the tasks, and the shape of an image."""
        task, way, shot, *size = self.support.shape
        shape = {"tasks": f"{task:,}", "shape": f"{way}-way {shot}-shot", "queries": f"{self.query.shape[2]} a class"}
        return shape | {"size": " × ".join(map(str, size)), "device": str(self.support.device)}

    @property
    def genuine(self) -> "Tasks":
        """These tasks without the forged queries."""
        return replace(self, query=self.query[:, :, : -self.forged], forged=0) if self.forged else self

    @property
    def images(self) -> Images:
        """All images along one axis: of each class, the supports and then the queries."""
        return torch.cat([self.support, self.query], 2).flatten(0, 2)

    def split(self, embedded: Embeddings) -> tuple[Support, Query]:
        """Split the embeddings of `images` into supports and queries."""
        both, shot = embedded.unflatten(0, (*self.classes.shape, -1)), self.support.shape[2]
        return both[:, :, :shot], both[:, :, shot:]


@dataclass(frozen=True)
class Pairs:
    """A batch of independent pairs: each left image is compared only with the right image of its pair.

    `[:, 0]` holds same-class pairs and `[:, 1]` different-class pairs: as in tasks, position tells whether two images
    share a class. `classes` are those of the left images.
    """

    forged: ClassVar[int] = 0  # all are genuine
    left: Float[Tensor, "pair 2 channel height width"]
    right: Float[Tensor, "pair 2 channel height width"]
    classes: Int64[Tensor, "pair 2"]

    @property
    def images(self) -> Images:
        """All images along one axis: of each pair, the right and then the left."""
        return torch.stack([self.right, self.left], 2).flatten(0, 2)

    def split(self, embedded: Embeddings) -> tuple[Side, Side]:
        """Split the embeddings of `images` into left and right."""
        right, left = embedded.unflatten(0, (*self.classes.shape, 2)).unbind(2)
        return left, right


Batch = Tasks | Pairs


@runtime_checkable
class Encoder(Protocol):
    """An `nn.Module` from images to embeddings. `shape` is `(dim,)` or, for feature maps, `(channel, height, width)`;
    the maps are returned flat."""

    shape: tuple[int, ...]

    def __call__(self, images: Images) -> Embeddings: ...


@runtime_checkable
class Similarity(Protocol):
    """An `nn.Module` that compares every left with every right: `[… left dim], [… right dim] → [… left right]`.

    `score` is unbounded; a larger score means more alike. Some similarities also have `distance`, at least 0, and
    `logit`, the log-odds of "same class".
    """

    def score(self, left: Float[Tensor, "*batch left dim"], right: Float[Tensor, "*batch right dim"]) -> Tensor: ...

    if TYPE_CHECKING:  # optional: a loss's mark `needs` names the measure that its similarity must have

        def distance(self, left: Tensor, right: Tensor) -> Tensor: ...

        def logit(self, left: Tensor, right: Tensor) -> Tensor: ...


@runtime_checkable
class Loss(Protocol):
    """A loss of queries against supports that does not depend on the order of classes. `classes` are the numbers of
    the training classes, for losses with weights of their own."""

    def __call__(
        self, support: Support, query: Query, similarity: Similarity, classes: Int64[Tensor, "task way"]
    ) -> Scalar: ...


@runtime_checkable
class Learner(Protocol):
    """A function from tasks to scores. A query's scores depend on other queries only if `transductive` is true."""

    transductive: bool

    def scores(self, tasks: Tasks) -> Scores: ...


@runtime_checkable
class TrainableLearner(Learner, Protocol):
    """A learner with weights: an `nn.Module`. `loss` is None for a learner with an objective of its own.

    A learner that also learns from pairs has the mark `of_pairs`; it calls the loss on the results of a batch's
    `split`.
    """

    def objective(self, tasks: Tasks, loss: Loss | None) -> Scalar: ...


@runtime_checkable
class VariedLearner(Learner, Protocol):
    """A learner that is also measured in other ways: `variants` are learners with the same weights, keyed by the suffix
    of the kind of task. The learner itself selects checkpoints and verifies pairs."""

    def variants(self) -> dict[str, Learner]: ...


@runtime_checkable
class EmbeddingLearner(Learner, Protocol):
    """A learner that embeds images one by one and then compares them, so that an evaluation embeds each image once."""

    def embed(self, images: Images) -> Embeddings: ...

    def compare(self, support: Support, query: Query) -> Scores: ...


@runtime_checkable
class VerifyingLearner(EmbeddingLearner, Protocol):
    """An embedding learner whose score of a pair differs from `compare` with one support image."""

    def verify(self, support: Support, query: Query) -> Scores: ...
