"""Losses of pytorch-metric-learning with the interface of our losses.

With `cosine` a loss uses the library's default distance on normalised embeddings: cosine, Euclidean or its own. With
another similarity it uses that, unless its own distance is fixed.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from types import ModuleType

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewshot.core.checks import POSITIVE, between
from fewshot.core.errors import Lacking, RequestError, unknown
from fewshot.core.types import Embeddings, Query, Scalar, Similarity, Support
from fewshot.models.class_vectors import Labels, labelled, rescale

PAIRS = ("episode", "all", "auto")
_OBJECTS = {"distance", "reducer", "collect_stats", "weight_init_func", "weight_regularizer", "embedding_regularizer"}
ALONG = {"W": 0, "fc": 0, "proxies": 1}  # the library's parameters of class vectors, and the axis along a vector
OWN = "CosineSimilarity"  # a loss keeps its own measure with a similarity of this name in the library
BELOW_1 = 1 - 1e-7  # the next number below 1, in float32


def library() -> ModuleType:
    """The package pytorch_metric_learning. Raises `Lacking` with the way to install it if it cannot be imported."""
    try:
        import pytorch_metric_learning.distances
        import pytorch_metric_learning.losses
        import pytorch_metric_learning.miners
        import pytorch_metric_learning.reducers
    except ImportError as error:
        raise Lacking(
            f"expected pytorch-metric-learning to be installed, got: {error}. "
            "To get it: pip install pytorch-metric-learning"
        ) from error
    return pytorch_metric_learning


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
        make = _find(name)
        sized = {"num_classes": classes, "embedding_size": dim, "descriptors_dim": dim}
        needed = {key for key, one in _parameters(make).items() if one.default is one.empty}
        sized = {key: value for key, value in sized.items() if key in needed}
        self.loss = _made(make, sized, options)
        self.name, self.own, self.miner, self.length, self.scale = name, self.loss.distance, miner, length, scale
        self.vectors, self.classes, self.angles = vectors, classes, angles
        if vectors:
            rescale(getattr(self.loss, vectors), ALONG[vectors])
        self.fixed = bool(sized) or not _accepts_distance(make, options)
        distances = library().distances
        known = (distances.CosineSimilarity, distances.DotProductSimilarity, distances.LpDistance)
        if self.fixed and not isinstance(self.own, known):
            got = type(self.own).__name__
            raise RequestError(f"{name}: expected a loss whose distance is one of the similarities here, got {got}")
        by_references = not sized and _takes_references(self.loss, dim)
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


def _find(name: str) -> type[nn.Module]:
    """The class of a loss of the library that learns from labels."""
    losses = library().losses
    base = losses.BaseMetricLossFunction
    known = {
        name: part
        for name, part in vars(losses).items()
        if isinstance(part, type) and issubclass(part, base) and part.compute_loss is not base.compute_loss
    }
    if name not in known:
        raise unknown("loss of pytorch-metric-learning", name, known)
    return known[name]


def _made(make: type[nn.Module], sized: dict[str, int], options: dict[str, object]) -> nn.Module:
    """The loss, made with `sized` parameters, which the training sets, and with the user's options."""
    known = _parameters(make).keys() - sized.keys()
    for key, value in options.items():
        if key not in known or (key in _OBJECTS and not isinstance(value, nn.Module)):
            raise unknown(f"option of pml:{make.__name__}", key, known - _OBJECTS, key)
    if isinstance(loss := _tried(make, sized | options), nn.Module):
        return loss
    without = {key: sized | {one: value for one, value in options.items() if one != key} for key in options}
    wrong = [key for key, rest in without.items() if isinstance(_tried(make, rest), nn.Module)]
    reason = f"{type(loss).__name__}: {loss}"
    raise RequestError(f"pml:{make.__name__} cannot be made with {options}: {reason}", *wrong[:1]) from loss


def _tried(make: type[nn.Module], given: dict[str, object]) -> nn.Module | Exception:
    try:
        return make(**given)
    except Exception as error:  # the library's own checks raise any kind
        return error


def _accepts_distance(make: type[nn.Module], options: dict[str, object]) -> bool:
    """Whether the loss takes a distance of embeddings that are not normalised."""
    try:
        make(**options, distance=library().distances.LpDistance(normalize_embeddings=False))
    except (AssertionError, TypeError, ValueError):
        return False
    return True


def _takes_references(loss: nn.Module, dim: int) -> bool:
    """Whether the loss compares embeddings with references, independently of the references' order.

    A loss without references raises at its first call. A loss that confuses the indices of references and embeddings
    raises too, or its value changes with the order.
    """
    images = torch.arange(8.0 * dim, dtype=torch.float64).sin().view(8, dim)
    others = torch.arange(12.0 * dim, dtype=torch.float64).cos().view(12, dim)
    label, known = torch.arange(4).repeat(2), torch.arange(4).repeat(3)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    try:
        with torch.no_grad():
            value, again = (
                float(loss(images, label, None, others[places], known[places])) for places in (range(12), order)
            )
    except Exception:  # a loss may raise any error
        return False
    if not math.isfinite(value):
        raise RequestError(f"{type(loss).__name__}: expected options that give a finite value, got {value}")
    return math.isclose(value, again, rel_tol=1e-9)


def _parameters(make: type[nn.Module]) -> dict[str, inspect.Parameter]:
    """The parameters of a loss and of its bases, to which the library passes them on."""
    found: dict[str, inspect.Parameter] = {}
    for base in make.__mro__:
        if "__init__" in vars(base) and base is not nn.Module and base is not object:
            for name, one in inspect.signature(base.__init__).parameters.items():
                if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD) and name != "self":
                    found.setdefault(name, one)
    return found


def _measured(measure: Callable[[Tensor, Tensor], Tensor], scale: float, is_inverted: bool) -> nn.Module:
    """A measure of embeddings, times a scale, as a distance of the library; `is_inverted` if more is more alike."""

    class Measured(library().distances.BaseDistance):
        def compute_mat(
            self, left: Float[Tensor, "left dim"], right: Float[Tensor, "right dim"]
        ) -> Float[Tensor, "left right"]:
            return measure(left, right) if scale == 1 else scale * measure(left, right)

    return Measured(normalize_embeddings=False, is_inverted=is_inverted)
