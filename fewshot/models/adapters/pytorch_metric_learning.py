"""Losses of pytorch-metric-learning with the interface of our losses.

With `cosine` a loss uses the library's default distance on normalised embeddings: cosine, Euclidean or its own. With
another similarity it uses that, unless its own distance is fixed.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewshot.core.checks import POSITIVE, between
from fewshot.core.errors import RequestError, unknown
from fewshot.core.types import Embeddings, Query, Scalar, Similarity, Support
from fewshot.models.adapters.library import (
    accepts_distance,
    find_loss,
    library,
    made_loss,
    parameters_of,
    takes_references,
)
from fewshot.models.class_vectors import Labels, labelled, rescale

PAIRS = ("episode", "all", "auto")
ALONG = {"W": 0, "fc": 0, "proxies": 1}  # the library's parameters of class vectors, and the axis along a vector
OWN = "CosineSimilarity"  # a loss keeps its own measure with a similarity of this name in the library
BELOW_1 = 1 - 1e-7  # below 1 in float32 too


class LibraryLoss(nn.Module):
    """One of the library's losses by its class name, with its options, for a number of training classes.

    `pairs` selects the comparisons: "episode" compares each task's queries with its supports, as evaluation does; "all"
    compares every image of the step with every other, by training class; "auto" is "episode" if the library takes
    references, otherwise "all". `positive` holds further options, which must be above 0. `miner` is the name of one of
    the library's miners and its arguments, without the distance. `length`, if not 0, is that of the embeddings that the
    loss gets, and `scale` multiplies its distances. `vectors` names the parameter with class vectors, which start at
    length 1. `angles` marks a loss of arc cosines.

    Raises `RequestError` for an unknown name or option, and for pairs that the loss cannot compare.
    """

    def __init__(
        self,
        dim: int,
        classes: int,
        name: str,
        pairs: str,
        options: dict[str, object],
        *,
        positive: dict[str, float] | None = None,
        miner: Sequence[object] = (),
        length: float = 0.0,
        scale: float = 1.0,
        vectors: str = "",
        angles: bool = False,
    ) -> None:
        super().__init__()
        positive = positive or {}
        between(POSITIVE, None, **positive)
        options = options | positive
        if pairs not in PAIRS:
            raise unknown(f"pairs of {name}", pairs, PAIRS, "pairs")
        make = find_loss(name)
        sized = {"num_classes": classes, "embedding_size": dim, "descriptors_dim": dim}
        needed = {key for key, one in parameters_of(make).items() if one.default is one.empty}
        sized = {key: value for key, value in sized.items() if key in needed}
        self.loss = made_loss(make, sized, options)
        self.name, self.own, self.miner, self.length, self.scale = name, self.loss.distance, miner, length, scale
        self.vectors, self.classes, self.angles = vectors, classes, angles
        if vectors:
            rescale(getattr(self.loss, vectors), ALONG[vectors])
        self.fixed = bool(sized) or not accepts_distance(make, options)
        distances = library().distances
        known = (distances.CosineSimilarity, distances.DotProductSimilarity, distances.LpDistance)
        if self.fixed and not isinstance(self.own, known):
            got = type(self.own).__name__
            raise RequestError(f"{name}: expected a loss whose distance is one of the similarities here, got {got}")
        by_references = not sized and takes_references(self.loss, dim)
        if pairs == "episode" and not by_references:
            raise RequestError(f'pairs of {name}: expected "all", as it takes no references, got "episode"', "pairs")
        self.pairs = pairs if pairs != "auto" else "episode" if by_references else "all"

    def forward(self, support: Support, query: Query, similarity: Similarity, classes: Tensor) -> Scalar:
        distance = self._distance(similarity)
        self.loss.distance = distance if self.scale == 1 else _measured(distance, self.scale, distance.is_inverted)
        if self.length:
            support, query = normalize(support, dim=-1), normalize(query, dim=-1)
        if self.length not in (0, 1):
            support, query = self.length * support, self.length * query
        if self.pairs == "all":
            return self._of(*labelled(support, query, classes))
        none = support[:, :, :0]
        each = []
        for task in range(len(support)):
            one = slice(task, task + 1)
            queries, known = (labelled(none[one], images[one], classes[one]) for images in (query, support))
            each.append(self._of(*queries, *known))
        return torch.stack(each).mean()

    def class_scores(self, images: Embeddings) -> Float[Tensor, "image class"] | None:
        """The cosine of each image with the nearest vector of each class; None for a loss without `vectors`."""
        if not self.vectors:
            return None
        vectors = getattr(self.loss, self.vectors).movedim(ALONG[self.vectors], 1)
        cosines = normalize(images, dim=1) @ normalize(vectors, dim=1).mT
        return cosines.unflatten(1, (self.classes, -1)).amax(2)  # several vectors of a class are consecutive

    def _of(self, images: Embeddings, label: Labels, *known: Tensor) -> Scalar:
        references = dict(zip(("ref_emb", "ref_labels"), known, strict=False))
        mined = None
        if self.miner:
            name, *given = self.miner
            mined = getattr(library().miners, name)(*given, distance=self.loss.distance)(images, label, *known)
        return self.loss(images, label, mined, **references)

    def _distance(self, similarity: Similarity) -> nn.Module:
        name, options = vars(type(similarity)).get("library_distance", ("", {}))
        if name == OWN:
            return _measured(self._cosines, 1.0, True) if self.angles else self.own
        if self.fixed:
            got = type(similarity).__name__
            raise RequestError(f"similarity of {self.name}: expected cosine, as its measure is fixed, got {got}")
        if name:
            return getattr(library().distances, name)(normalize_embeddings=False, **options)
        has_distance = hasattr(similarity, "distance")
        return _measured(similarity.distance if has_distance else similarity.score, 1.0, not has_distance)

    def _cosines(self, left: Tensor, right: Tensor) -> Tensor:
        """Cosines below 1, where the arc cosine is a number and has a slope."""
        return self.own(left, right).clamp(-BELOW_1, BELOW_1)


def _measured(measure: Callable[[Tensor, Tensor], Tensor], scale: float, is_inverted: bool) -> nn.Module:
    """A measure of embeddings, times a scale, as a distance of the library; `is_inverted` if more is more alike."""

    class Measured(library().distances.BaseDistance):
        def compute_mat(
            self, left: Float[Tensor, "left dim"], right: Float[Tensor, "right dim"]
        ) -> Float[Tensor, "left right"]:
            return measure(left, right) if scale == 1 else scale * measure(left, right)

    return Measured(normalize_embeddings=False, is_inverted=is_inverted)
