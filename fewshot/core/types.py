"""Interfaces: tasks, encoder, similarity, loss and learner as types, and the words for axes.

task       tasks of a batch                 image      any list of images
pair       same-class pairs of a batch, beside each of which stands one of two classes
way        classes of a task; its index *is* the class
shot       support images of a class        query      query images of a class
candidate  the class that a query is compared with; as long as way

A module whose state is not all in its `state_dict` says `resumable = False`: a run that was stopped starts it again
instead of going on from a checkpoint.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64
from torch import Tensor

Images = Float[Tensor, "image channel height width"]
Embeddings = Float[Tensor, "image dim"]
Support = Float[Tensor, "task way shot dim"]
Query = Float[Tensor, "task way query dim"]
Side = Float[Tensor, "pair 2 dim"]  # the embeddings of one side of pairs
Scores = Float[Tensor, "task way query candidate"]
Scalar = Float[Tensor, ""]
MEASURES = ("score", "distance", "logit")  # of a similarity, the first of them always


@dataclass(frozen=True)
class Tasks:
    """A batch of tasks; row w is the same class in both sets. Pixels run from 0 to 1 and ink is 1."""

    support: Float[Tensor, "task way shot channel height width"]
    query: Float[Tensor, "task way query channel height width"]
    classes: Int64[Tensor, "task way"]

    @property
    def images(self) -> Images:
        """All images in one row."""
        return torch.cat([self.support, self.query], 2).flatten(0, 2)

    def split(self, embedded: Embeddings) -> tuple[Support, Query]:
        """Supports and queries among the embeddings of `images`."""
        both, shot = embedded.unflatten(0, (*self.classes.shape, -1)), self.support.shape[2]
        return both[:, :, :shot], both[:, :, shot:]


@dataclass(frozen=True)
class Pairs:
    """A batch of independent pairs: a left image is compared with the right one of its pair, and with no other.

    They come in twos, a pair of one class at `[:, 0]` and one of two classes at `[:, 1]`: as in tasks, whether two
    images share a class is their position. `classes` are those of the left images.
    """

    left: Float[Tensor, "pair 2 channel height width"]
    right: Float[Tensor, "pair 2 channel height width"]
    classes: Int64[Tensor, "pair 2"]

    @property
    def images(self) -> Images:
        """All images in one row."""
        return torch.stack([self.right, self.left], 2).flatten(0, 2)

    def split(self, embedded: Embeddings) -> tuple[Side, Side]:
        """Left and right among the embeddings of `images`."""
        right, left = embedded.unflatten(0, (*self.classes.shape, 2)).unbind(2)
        return left, right


Batch = Tasks | Pairs


@runtime_checkable
class Encoder(Protocol):
    """An `nn.Module` from images to embeddings. `shape` is `(dim,)` or, for maps, `(channel, height, width)`;
    maps travel flat."""

    shape: tuple[int, ...]

    def __call__(self, images: Images) -> Embeddings: ...


@runtime_checkable
class Similarity(Protocol):
    """An `nn.Module` that compares every left with every right: `[… left dim], [… right dim] → [… left right]`.

    `score` is unbounded and larger is more alike. Some also have `distance`, at least 0, and `logit`, the log-odds of
    "same class".
    """

    def score(self, left: Float[Tensor, "*batch left dim"], right: Float[Tensor, "*batch right dim"]) -> Tensor: ...


@runtime_checkable
class Loss(Protocol):
    """Compares queries with supports; blind to the order of classes. `classes` are training-class numbers, for losses
    with weights of their own."""

    def __call__(
        self, support: Support, query: Query, similarity: Similarity, classes: Int64[Tensor, "task way"]
    ) -> Scalar: ...


@runtime_checkable
class Learner(Protocol):
    """Turns tasks into scores. A query's scores depend on no other query unless `transductive` says so."""

    transductive: bool

    def scores(self, tasks: Tasks) -> Scores: ...


@runtime_checkable
class TrainableLearner(Learner, Protocol):
    """A learner with weights: an `nn.Module`. `loss` is None for one that brings its own objective.

    One that also learns from pairs has the mark `of_pairs`; it hands the loss what a batch's `split` gives.
    """

    def objective(self, tasks: Tasks, loss: Loss | None) -> Scalar: ...


@runtime_checkable
class VariedLearner(Learner, Protocol):
    """One that is measured in other ways too: `variants` are learners with its weights, by the label that is put after
    the kind of task. Checkpoints are chosen and pairs are told apart by itself."""

    def variants(self) -> dict[str, Learner]: ...


@runtime_checkable
class EmbeddingLearner(Learner, Protocol):
    """A learner that sees one image at a time and then compares, so that an evaluation embeds every image once."""

    def embed(self, images: Images) -> Embeddings: ...

    def compare(self, support: Support, query: Query) -> Scores: ...


@runtime_checkable
class VerifyingLearner(EmbeddingLearner, Protocol):
    """One whose score of a pair is not what `compare` gives for a class with one support image."""

    def verify(self, support: Support, query: Query) -> Scores: ...
