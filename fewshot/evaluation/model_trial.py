"""A trial of a user's learner on a few images: the promises that plug-ins keep, checked once before an evaluation.

Embeddings and scores are real, finite numbers of the expected shape, the same at every call, and those of an image do
not depend on the images beside it, unless a learner is `transductive`.
"""

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from fewshot.core.device import measuring
from fewshot.core.errors import RequestError
from fewshot.core.part_code import no_exit, reason
from fewshot.core.types import EmbeddingLearner, Images, Learner, Scores, Tasks, VariedLearner, VerifyingLearner
from fewshot.models.at_once import embedded_in_parts
from fewshot.models.channels import channels_hint

IMAGES = 8
ANY = -1  # a length
SAME, ON_GPU = 1e-4, 1e-3  # share of the norm, by another order of sums, on a GPU with factors of 10 bits; or
EQUAL = 1e-5  # share of the norm
SPREAD = 1e-2  # share of the differences among rows, which may be far smaller than the norm
SMALLEST = 1e-15  # of embeddings: squares of differences among smaller ones may be 0 in float32
ROUNDED = 16  # units in the last place of half precision
MODE = "in evaluation (model.eval() does it for torch's layers)"


def some_images(images: Shaped[Tensor, "image channel height width"]) -> Shaped[Tensor, "few channel height width"]:
    """A few images, evenly spread over all of them."""
    places = torch.linspace(0, len(images) - 1, min(IMAGES, len(images)), dtype=torch.float64).long()
    return images[places.to(images.device)]


@measuring()
def try_learner(learner: Learner, images: Images, tasks: Tasks) -> None:
    """Try a learner on some images and on two tasks, or one. Raises `RequestError` for a broken promise."""
    for one in (learner, *(learner.variants().values() if isinstance(learner, VariedLearner) else ())):
        if isinstance(one, nn.Module):
            one.eval()
        if not isinstance(one, EmbeddingLearner):
            _try_scores(one.scores, tasks, 0.5, transductive=one.transductive)
            continue
        _try_rows(one.embed, images)
        for compare in (one.compare, *([one.verify] if isinstance(one, VerifyingLearner) else [])):
            embedded, score = _embedded(one, tasks), partial(_compared, compare)
            if _alike(embedded.query.flatten(0, 2)):
                checked_scores(score, embedded)  # scores of equal embeddings are rounding alone
            else:
                _try_scores(score, embedded, embedded.query.mean((0, 1, 2)), transductive=one.transductive)


def _embedded(learner: EmbeddingLearner, tasks: Tasks) -> Tasks:
    """Tasks with embeddings in place of images, as maps of one pixel."""
    both = []
    for images in (tasks.support, tasks.query):
        found = torch.cat([*embedded_in_parts(learner, images.flatten(0, 2).clone())])
        both.append(found.unflatten(0, images.shape[:3])[..., None, None])
    return Tasks(*both, tasks.classes)


def _compared(compare: Callable[[Tensor, Tensor], Scores], embedded: Tasks) -> Scores:
    """Scores of tasks of embeddings."""
    return compare(embedded.support.flatten(3), embedded.query.flatten(3))


def _alike(rows: Tensor) -> bool:
    """Whether rows are equal but for rounding."""
    rows = rows.flatten(1).double()
    return bool((rows - rows.mean(0)).norm() <= EQUAL * rows.norm())


def _try_rows(embed: Callable[[Images], Tensor], images: Images) -> None:
    """Check that every image has an embedding of its own."""

    def rows(some: Images) -> Tensor:
        return checked_embeddings(embed, some.clone())

    found = rows(images)
    if 0 < (largest := float(found.abs().max())) < SMALLEST:
        raise RequestError(
            f"model: expected embeddings with numbers of at least {SMALLEST:g}, as smaller ones are all alike in "
            f"float32, got at most {largest:.2g}: multiply them by a constant"
        )
    _check_again("embeddings", rows(images), found)
    if not _near(rows(images.flip(0)).flip(0), found, found):
        raise RequestError(
            "model: expected an embedding of each image that depends on no place in the batch, got another in reverse "
            "order; the order of queries is that of their classes"
        )
    beside = torch.cat([images[:1], 1 - images[1:]])
    for how, other in (("beside negatives of them", beside), ("alone", images[:1])):
        if not _near(rows(other)[:1], found[:1], found):
            raise RequestError(
                f"model: expected an embedding of each image that depends on no other image, got another {how}; "
                f"take no mean over a batch, and give norms running statistics {MODE}"
            )


def _try_scores(score: Callable[[Tasks], Tensor], tasks: Tasks, middle: float | Tensor, *, transductive: bool) -> None:
    """Check the scores of tasks, and that those of a class's queries do not depend on other tasks and queries, which
    are mirrored at `middle`."""

    def scores(tasks: Tasks) -> Scores:
        return checked_scores(score, Tasks(tasks.support.clone(), tasks.query.clone(), tasks.classes))

    found = scores(tasks)
    _check_again("scores", scores(tasks), found)
    alone = Tasks(tasks.support[:1], tasks.query[:1], tasks.classes[:1])
    if not _near(scores(alone), found[:1], found):
        raise RequestError("model: expected scores of each task that depend on no other task of the batch, got others")
    turned = scores(Tasks(alone.support, alone.query.flip(1), alone.classes)).flip(1)
    if not _near(turned, found[:1], found):
        raise RequestError(
            "model: expected scores of each query that depend on no place among the queries, got others in reverse "
            "order, which is that of their classes"
        )
    if transductive:
        return
    beside = torch.cat([alone.query[:, :1], 2 * middle - alone.query[:, 1:]], 1)
    if not _near(scores(Tasks(alone.support, beside, alone.classes))[:, :1], found[:1, :1], found):
        raise RequestError(
            "model: expected scores of each query that depend on no other query, got others beside negatives; give "
            f"norms running statistics {MODE}, or set transductive = True on a learner that may see all queries at once"
        )


@measuring()
def checked_embeddings(embed: Callable[[Images], Tensor], images: Images) -> Tensor:
    """The embeddings of images. Raises `RequestError` for another shape, type or number, or without any."""
    what = f"embeddings [{len(images)} dim] of images {list(images.shape)}"
    return _called(lambda: embed(images), what, [len(images), ANY], channels_hint(embed, images.shape[1]))


def checked_scores(score: Callable[[Tasks], Tensor], tasks: Tasks, hint: str = "") -> Scores:
    """The scores of tasks. Raises `RequestError` as `checked_embeddings`; for an exception it adds the hint."""
    shape = [*tasks.query.shape[:3], tasks.query.shape[1]]
    return _called(lambda: score(tasks), f"scores {shape} [task way query way] of a batch of tasks", shape, hint)


def _called(call: Callable[[], Tensor], what: str, shape: list[int], hint: str = "") -> Tensor:
    """The tensor that a call returns; its shape, type and numbers are checked in one message."""
    expected = f"model: expected {what}, a float tensor of finite numbers, got"
    try:
        with no_exit():
            found = call()
    except RequestError:
        raise
    except Exception as error:
        raise RequestError(f"{expected} {reason(error)}{hint}") from error
    if not isinstance(found, Tensor) or found.layout != torch.strided:
        raise RequestError(f"{expected} {getattr(found, 'layout', type(found).__name__)}")
    if found.is_nested or found.is_meta:
        raise RequestError(f"{expected} a tensor without values of its own")
    fits = found.ndim == len(shape) and all(
        own in (ANY, length) for own, length in zip(shape, found.shape, strict=True)
    )
    if not fits or not found.is_floating_point() or not found.numel():
        hint = "" if found.is_floating_point() else "; return real numbers, as by .float() or torch.view_as_real"
        raise RequestError(f"{expected} {list(found.shape)} of {str(found.dtype).removeprefix('torch.')}{hint}")
    if wrong := int((~found.isfinite()).sum()):
        raise RequestError(f"{expected} {wrong:,} of {found.numel():,} numbers that are not finite")
    return found


def _check_again(what: str, found: Tensor, wanted: Tensor) -> None:
    if not _near(found, wanted, None):
        raise RequestError(
            f"model: expected the same {what} of the same images at every call, got others; switch off dropout and "
            f"other random numbers {MODE}"
        )


def _near(found: Tensor, wanted: Tensor, among: Tensor | None) -> bool:
    """Whether two tensors differ by rounding only; `among` are all rows, whose differences set the scale too."""
    if found.shape != wanted.shape:
        return False
    eps = torch.finfo(wanted.dtype).eps
    found, wanted = found.double(), wanted.double()
    allowed = max(ON_GPU if wanted.is_cuda else SAME, ROUNDED * eps) * wanted.norm()
    if among is not None:
        rows = among.double().flatten(0, -2)
        allowed = max(allowed, SPREAD * (rows - rows.mean(0)).norm() * (wanted.numel() / among.numel()) ** 0.5)
    return bool((found - wanted).norm() <= allowed)
