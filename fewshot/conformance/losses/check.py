"""Checks of a loss: one finite number with gradients, independent of the order of classes."""

import math
from collections.abc import Callable
from copy import copy
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import ROUNDED, gradients, sizes, weights
from fewshot.conformance.breaches import Breach, Broken
from fewshot.conformance.gradients import IN_FLOAT64, NOT_SMOOTH, Tried, check_differences, is_smooth
from fewshot.conformance.inputs import numbers
from fewshot.conformance.losses.marks import check_forgeries, check_pairs
from fewshot.conformance.losses.values import (
    CLASSES,
    QUERY,
    SHOT,
    TASK,
    WAY,
    embeddings,
    make_loss,
    similarity_of,
    task_classes,
    value_of,
)
from fewshot.conformance.modules import RESUMABLE, check_again, check_on_gpu, check_saved, check_weights
from fewshot.core.errors import unknown
from fewshot.core.spec.run_spec import Part
from fewshot.core.types import MEASURES, Loss, Similarity
from fewshot.registry.lookup import find, load

ORDERS = ([4, 0, 1, 2, 3], [1, 0, 2, 4, 3])


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
    each = embeddings(dim)
    given = each[0]
    if part.marks.needs != "distance" and not find("losses", named.name).made_from:  # an object has no marks
        _check_needs(partial(value_of, make(dim), *(one.detach() for one in given)), similarity, part.marks.needs)
    check_again(lambda: torch.stack([value_of(make(dim), *one, similarity) for one in each]), "numbers")
    taught = _check_gradients(make, loss, dim, similarity)
    _check_rounded(make, dim, similarity)
    _check_equal(make(dim), dim, similarity)
    unchecked = _check_order(loss, dim, similarity)
    if part.marks.of_pairs:
        check_pairs(make(dim), dim, similarity)
    if part.marks.of_forgeries:
        check_forgeries(make(dim), dim, similarity)
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


def _check_needs(value: Callable[[Similarity], Tensor], similarity: Similarity, needs: str) -> None:
    """Check that a loss which does not say that it needs a distance does without where the similarity has none."""
    asked = []

    def lacking(_: object) -> None:
        asked.append(True)
        raise AttributeError("distance")

    kind = type(similarity)
    own = {name: vars(kind)[name] for name in ("library_distance",) if name in vars(kind)}
    own |= {name: property(partial(_measure, similarity, name)) for name in MEASURES if hasattr(similarity, name)}
    bare = copy(similarity)
    bare.__class__ = type(kind.__name__, (kind,), {**own, "distance": property(lacking)})
    try:
        value(bare)
    except (Breach, Broken):
        if not asked:
            raise
        raise Breach("needs='distance' of a loss that calls distance", f"needs={needs!r}") from None


def _measure(similarity: Similarity, name: str, _: object) -> Callable:
    return getattr(similarity, name)


def _check_default(part: Callable, named: Part) -> None:
    if part.marks.needs not in MEASURES:
        raise unknown(f"need of {find('losses', named.name).label}", part.marks.needs, MEASURES)
    similarity = load("similarities", part.marks.similarity)  # an unknown name is refused with the nearest
    if not hasattr(similarity, part.marks.needs):
        lacking = f"which it needs; its default {part.marks.similarity} lacks it"
        raise Breach(f"a similarity with {part.marks.needs!r}, {lacking}")


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
    for support, query in embeddings(dim):
        value = value_of(loss, support, query, similarity)
        sources = {"supports": support, "queries": query, **weights(loss)}
        for name, grad in gradients(value, sources, sizes(supports=support, queries=query)).items():
            before = taught.get(name)
            taught[name] = before if grad is None else grad.any() | (before is not None and before)
    return taught


def _check_rounded(make: Callable, dim: int, similarity: Similarity) -> None:
    """Check the value for rounded embeddings, with a new loss for each value, as some losses keep state."""
    exact, *_, rounded = embeddings(dim)
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
    given = *embeddings(dim)[0], similarity
    expected, again = (value_of(loss, *given, seed=seed).item() for seed in (0, 1))
    if not math.isclose(expected, again, rel_tol=1e-6):
        return "it draws numbers, so the order of classes was not checked"
    for order in ORDERS:
        got = value_of(loss, *given, order=order).item()
        if not math.isclose(got, expected, rel_tol=1e-4, abs_tol=1e-5):
            raise Breach(f"the same number for classes in another order, {expected:.6g}", f"{got:.6g}")
    return ""


def _check_differences(make: Callable, part: Callable) -> str:
    similarity, dim = similarity_of(part)
    support, query = (numbers(TASK, 3, images, dim, seed=images) for images in (1, 2))
    given = sizes(supports=support, queries=query)
    value = partial(value_of, similarity=similarity.double(), note=given + IN_FLOAT64)
    return check_differences(Tried(value, make(dim), supports=support, queries=query), given)
