"""Checks of a loss: one finite number with gradients, independent of the order of classes."""

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import ROUNDED, check_tensor, gradients, sizes, weights
from fewshot.conformance.breaches import Breach, Broken, blamed, inside
from fewshot.conformance.gradients import IN_FLOAT64, NOT_SMOOTH, Tried, check_differences, is_smooth
from fewshot.conformance.inputs import numbers
from fewshot.conformance.modules import check_again, check_made, check_on_gpu, check_saved, check_weights
from fewshot.conformance.similarities import SHAPES, make_similarity
from fewshot.core.errors import unknown
from fewshot.core.rng import seeded
from fewshot.core.spec.run_spec import Part
from fewshot.core.types import MEASURES, Loss, Similarity
from fewshot.models.losses import bind
from fewshot.models.pair_loss import PairLoss
from fewshot.registry.lookup import find, load, make_part

TASK, WAY, SHOT, QUERY, CLASSES = 2, 5, 3, 4, 11  # all different, also from the embeddings' length
PAIRS = 16
ORDERS = ([4, 0, 1, 2, 3], [1, 0, 2, 4, 3])
RESUMABLE = "; a loss with other state sets resumable = False"


def check_loss(part: Callable, named: Part, classes: int | None) -> list[str]:
    """Check value and gradients with the default similarity, for several shots and for small and rounded embeddings.

    Losses get float32, in which learners compare; embeddings made in bfloat16 are rounded before. `classes` is the
    number of training classes, if it is known and not too small.
    """
    number = classes if classes and classes > int(task_classes().max()) else CLASSES
    try:
        return _checked(part, named, number)
    except Broken as error:
        made_up = "" if number == classes else ", a number made up; a run is checked with its own"
        if isinstance(part, type):
            error.args = (f"{error}; tried with {number} training classes{made_up}",)
        raise


def _checked(part: Callable, named: Part, classes: int) -> list[str]:
    _check_default(part, named)
    similarity, dim = similarity_of(part)
    if isinstance(part, type) and not issubclass(part, nn.Module):
        raise Breach("a function or an nn.Module class", f"the class {part.__name__}")
    make = partial(make_loss, part, named.options, classes=classes)
    loss = make(dim)
    if part.marks.class_vectors and not part.marks.family and not weights(loss):  # some losses of a family have none
        raise Breach("weights of a loss marked with class_vectors", "none")
    each = _embeddings(dim)
    given = each[0]
    check_again(lambda: torch.stack([value_of(make(dim), *one, similarity) for one in each]), "numbers")
    taught = _check_gradients(make, loss, dim, similarity)
    _check_rounded(make, dim, similarity)
    _check_equal(make(dim), dim, similarity)
    unchecked = _check_order(loss, dim, similarity)
    if part.marks.of_pairs:
        _check_pairs(make(dim), dim, similarity)
    if part.marks.of_forgeries:
        _check_forgeries(make(dim), dim, similarity)
    smooth = _check_differences(make, part) if is_smooth(part, loss) else NOT_SMOOTH
    saved = check_saved(loss, make(dim, seed=1), lambda one: value_of(one, *given, similarity), RESUMABLE)
    on_gpu = "not compared with the GPU, which draws other numbers"
    if not unchecked:
        on_gpu = check_on_gpu(
            lambda to: value_of(make(dim).to(to), *(values.to(to) for values in given), similarity_of(part)[0].to(to))
        )
    whose = " and all its weights" if weights(loss) else ""
    return [
        f"with {part.marks.similarity}, one finite number for {TASK} tasks of {WAY}-way {SHOT}-shot and 1-shot with "
        f"{QUERY} queries a class, the same within {ROUNDED:.0%} of embeddings rounded to bfloat16",
        f"finite gradients, also of equal embeddings, to the {taught}{whose}; "
        f"{unchecked or 'independent of the order of classes'}",
        smooth,
        f"{saved}; {on_gpu}",
    ]


def similarity_of(
    part: Callable, shapes: tuple[tuple[int, ...], ...] = SHAPES, name: str = ""
) -> tuple[nn.Module, int]:
    """A loss's default similarity, or the similarity `name`, and the length of its embeddings."""
    name = name or part.marks.similarity
    options = make_part("similarities", name).options
    with blamed(find("similarities", name)):
        return make_similarity(load("similarities", name), options, shapes)


def make_loss(part: Callable, options: dict, dim: int, seed: int = 0, classes: int = CLASSES) -> nn.Module:
    """The loss for embeddings of length `dim` and this number of training classes."""
    with inside(f"dim {dim} and {classes} classes"), seeded(seed, "conformance"):
        loss = bind(part, options, dim, classes)
    check_made(loss)
    return loss


def task_classes() -> Tensor:
    """Class numbers `[task way]`, each once in a task; the two tasks share some classes."""
    return torch.arange(WAY) + 2 * torch.arange(TASK)[:, None]


def value_of(loss: Loss, support: Tensor, query: Tensor, similarity: Similarity, **given: object) -> Tensor:
    """The loss of some embeddings, checked to be one finite number.

    `order` permutes the classes, `seed` sets the random numbers that the loss draws, and `note` is for messages.
    """
    classes = task_classes()[:, : support.shape[1]].to(support.device)
    if order := given.get("order"):
        support, query, classes = support[:, order], query[:, order], classes[:, order]
    note = given.get("note", sizes(supports=support, queries=query))
    with inside(note), seeded(given.get("seed", 0), "conformance", support.device):
        value = loss(support, query, similarity, classes)
    check_tensor("one number", value, (), note)
    return value


def _check_default(part: Callable, named: Part) -> None:
    if part.marks.needs not in MEASURES:
        raise unknown(f"need of {find('losses', named.name).label}", part.marks.needs, MEASURES)
    similarity = load("similarities", part.marks.similarity)  # an unknown name is refused with the nearest
    if not hasattr(similarity, part.marks.needs):
        lacking = f"which it needs; its default {part.marks.similarity} lacks it"
        raise Breach(f"a similarity with {part.marks.needs!r}, {lacking}")


def _embeddings(dim: int) -> list[tuple[Tensor, Tensor]]:
    """Random supports and queries of several shots and scales, so that distances are below and above most margins."""
    found = []
    for shot, scale in ((SHOT, 1.0), (1, 1.0), (SHOT, 0.1)):
        found.append((scale * numbers(TASK, WAY, shot, dim), scale * numbers(TASK, WAY, QUERY, dim, seed=1)))
    rounded = [values.bfloat16().float() for values in found[0]]  # as a learner passes them: compared in float32
    return [(support.requires_grad_(), query.requires_grad_()) for support, query in (*found, rounded)]


def _check_gradients(make: Callable, loss: Loss, dim: int, similarity: Similarity) -> str:
    """Check that supports or queries and all weights have gradients; returns which of the embeddings have."""
    teach = partial(_taught, dim=dim, similarity=similarity)
    taught = teach(loss)
    to = [name for name in ("supports", "queries") if taught[name] is not None and taught[name].any()]
    if not to:
        raise Breach("a gradient for the supports or the queries", "none but zeros")
    own = {name: taught[name] for name in weights(loss)}
    check_weights(own, lambda: make(dim, seed=2), teach, "no value depends on it")
    return " and ".join(to)


def _taught(loss: Loss, dim: int, similarity: Similarity) -> dict[str, Tensor | None]:
    """Whether any value has a nonzero gradient for the supports, the queries and each weight; None without gradient."""
    taught: dict[str, Tensor | None] = {}
    for support, query in _embeddings(dim):
        value = value_of(loss, support, query, similarity)
        sources = {"supports": support, "queries": query, **weights(loss)}
        for name, grad in gradients(value, sources, sizes(supports=support, queries=query)).items():
            before = taught.get(name)
            taught[name] = before if grad is None else grad.any() | (before is not None and before)
    return taught


def _check_rounded(make: Callable, dim: int, similarity: Similarity) -> None:
    """Check the value for rounded embeddings, with a new loss for each value, as some losses keep state."""
    exact, *_, rounded = _embeddings(dim)
    expected, got = (value_of(make(dim), *given, similarity).item() for given in (exact, rounded))
    if not math.isclose(got, expected, rel_tol=ROUNDED, abs_tol=ROUNDED / 10):
        raise Breach(f"nearly the same number for embeddings rounded to bfloat16, {expected:.6g}", f"{got:.6g}")


def _check_equal(loss: Loss, dim: int, similarity: Similarity) -> None:
    """Check value and gradients where all embeddings are equal, at which roots and logarithms have no slope."""
    one = numbers(dim).bfloat16().float()  # so that means of several are exact
    support, query = (one.expand(TASK, WAY, images, dim).clone().requires_grad_() for images in (SHOT, QUERY))
    note = f"equal embeddings, {sizes(supports=support, queries=query)}"
    value = value_of(loss, support, query, similarity, note=note)
    if value.requires_grad:  # of a loss that picks its pairs, perhaps none
        gradients(value, {"supports": support, "queries": query, **weights(loss)}, note)


def _check_order(loss: Loss, dim: int, similarity: Similarity) -> str:
    """Check that the order of classes does not matter; returns the reason if that cannot be checked, or ""."""
    given = *_embeddings(dim)[0], similarity
    expected, again = (value_of(loss, *given, seed=seed).item() for seed in (0, 1))
    if not math.isclose(expected, again, rel_tol=1e-6):
        return "it draws numbers, so the order of classes was not checked"
    for order in ORDERS:
        got = value_of(loss, *given, order=order).item()
        if not math.isclose(got, expected, rel_tol=1e-4, abs_tol=1e-5):
            raise Breach(f"the same number for classes in another order, {expected:.6g}", f"{got:.6g}")
    return ""


def _check_pairs(loss: Loss, dim: int, similarity: Similarity) -> None:
    """Check that it does not matter which different-class pair stands beside a same-class pair."""
    both = [numbers(PAIRS, 2, dim, seed=seed) for seed in (0, 1)]
    turned = [torch.stack([side[:, 0], side[:, 1].roll(1, 0)], 1) for side in both]
    with inside(note := f"{PAIRS} same-class and {PAIRS} different-class pairs"), seeded(0, "conformance"):
        expected, got = (
            float(PairLoss(loss)(*sides, similarity, torch.arange(2).expand(PAIRS, 2)).detach())
            for sides in (both, turned)
        )
    if not math.isclose(got, expected, rel_tol=1e-4, abs_tol=1e-5):
        wanted = "a mean over same-class and one over different-class pairs, as it is marked of_pairs"
        raise Breach(f"{wanted}: the same number for {note} in any order, {expected:.6g}", f"{got:.6g}")


def _check_forgeries(loss: Loss, dim: int, similarity: Similarity) -> None:
    """Check that it matters that the last query of each class is a forgery, and that gradients are finite."""
    support, query = _embeddings(dim)[0]
    genuine, forged = (value_of(one, support, query, similarity) for one in (loss, partial(loss, forged=1)))
    gradients(forged, {"supports": support, "queries": query}, "a forgery of each class")
    if math.isclose(genuine.item(), forged.item(), rel_tol=1e-6):
        wanted = "another number where the last query of each class is a forgery, as it is marked of_forgeries"
        raise Breach(wanted, f"{forged.item():.6g} for both")


def _check_differences(make: Callable, part: Callable) -> str:
    similarity, dim = similarity_of(part)
    support, query = (numbers(TASK, 3, images, dim, seed=images) for images in (1, 2))
    given = sizes(supports=support, queries=query)
    value = partial(value_of, similarity=similarity.double(), note=given + IN_FLOAT64)
    return check_differences(Tried(value, make(dim), supports=support, queries=query), given)
