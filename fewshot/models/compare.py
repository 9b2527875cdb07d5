"""Comparisons of queries with supports: values of all pairs, pairs that share a class, and scores of classes."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import cross_entropy

from fewshot.core.errors import RequestError, unknown
from fewshot.core.types import Query, Scalar, Scores, Support
from fewshot.models.class_vectors import check_embeddings, labelled

Comparisons = Float[Tensor, "task way query candidate shot"]
Measure = Callable[[Tensor, Tensor], Tensor]


def compare(
    support: Support, query: Query, measure: Measure
) -> tuple[Comparisons, Bool[Tensor, "task way query candidate shot"]]:
    """`measure` of every query with every support image, and whether the two share a class.

    >>> import torch
    >>> from fewshot import compare
    >>> support, query = torch.rand(2, 5, 1, 64), torch.rand(2, 5, 3, 64)  # [task way shot dim], [task way query dim]
    >>> distance, same = compare(support, query, torch.cdist)
    >>> distance.shape  # [task way query candidate shot]
    torch.Size([2, 5, 3, 5, 1])
    >>> distance[same].shape, distance[~same].shape
    (torch.Size([30]), torch.Size([120]))
    """
    check_embeddings(support, query)
    way, shot = support.shape[1:3]
    values = measure(query.flatten(1, 2), support.flatten(1, 2)).unflatten(2, (way, shot)).unflatten(1, (way, -1))
    same = torch.eye(way, dtype=torch.bool, device=support.device)[None, :, None, :, None]
    return values, same.expand_as(values)


def compare_pairs(
    pairs: str, support: Support, query: Query, measure: Measure, classes: Tensor | None, forged: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """`measure` of pairs of images, and masks of the same-class and the different-class pairs that are allowed.

    `pairs` are "episode", every query with every support of its task as in `compare`, or "all", every image of the step
    with every other, by training class: `[image image]`, with no image beside itself in the masks. The last `forged`
    queries of each class are forgeries: different from the genuine images of their class, and in no other pair.
    """
    if pairs == "episode":
        values, same = compare(support, query, measure)
        if not forged:
            return values, same, ~same
        fake = _forged(query.shape[2], forged, query.device)[:, None, None]
        return values, same & ~fake, same == fake
    if pairs != "all":
        raise unknown("pairs", pairs, ("episode", "all"), "pairs")
    if classes is None:
        raise RequestError('pairs: "all" compares by training class: expected the classes of the tasks, got none')
    images, label = labelled(support, query, classes)
    same, itself = label[:, None] == label, torch.eye(len(label), dtype=torch.bool, device=label.device)
    if not forged:
        return measure(images, images), same & ~itself, ~same
    fake = _forged(support.shape[2] + query.shape[2], forged, label.device).repeat(classes.numel())
    mixed, genuine = fake[:, None] != fake, ~(fake[:, None] | fake)
    return measure(images, images), same & ~itself & genuine, (same & mixed) | (~same & genuine)


def _forged(images: int, forged: int, device: torch.device) -> Bool[Tensor, " image"]:
    """True for the last `forged` images of a class."""
    return torch.arange(images, device=device) >= images - forged


def class_scores(support: Support, query: Query, measure: Measure) -> Scores:
    """Mean `measure` of every query with the shots of every class."""
    return compare(support, query, measure)[0].mean(-1)


def class_entropy(scores: Scores) -> Scalar:
    """Cross-entropy of every query's own class among its candidate classes."""
    target = torch.arange(scores.shape[1], device=scores.device)[None, :, None].expand(scores.shape[:3])
    return cross_entropy(scores.flatten(0, 2), target.flatten())


def neighbour_entropy(values: Tensor, same: Tensor, other: Tensor) -> Scalar:
    """Cross-entropy of the class of an image's neighbour, drawn by a softmax of its values with all other images."""
    own = values.masked_fill(~same, -torch.inf)
    return (values.masked_fill(~(same | other), -torch.inf).logsumexp(-1) - own.logsumexp(-1)).mean()


def mean_where(values: Float[Tensor, "*shape"], mask: Bool[Tensor, "*shape"]) -> Scalar:
    """Mean of the values where `mask` is true; indexing by the mask would wait for the device."""
    return torch.where(mask, values, 0).sum() / mask.sum()


def mean_active(values: Float[Tensor, "*shape"], mask: Bool[Tensor, "*shape"]) -> Scalar:
    """Mean of the values above 0 where `mask` is true, and 0 where there are none."""
    active = mask & (values > 0)
    return torch.where(active, values, 0).sum() / active.sum().clamp(min=1)
