"""The promise of a loss: one finite number with gradients, blind to the order of classes, smaller where they are apart.

It learns from every image of every task. One whose gradients are not the derivatives of its value says
`smooth = False`, and one that leaves images out `selective = True`.
"""

import math
from collections.abc import Callable
from copy import deepcopy
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call

from fewshot.conformance import separation
from fewshot.conformance.assertions import check_tensor, dims, gradients, inside, numbers, weights
from fewshot.conformance.gradients import IN_FLOAT64, NOT_SMOOTH, check_differences, is_smooth
from fewshot.conformance.modules import check_on_gpu, idle, reloaded
from fewshot.conformance.separation import check_reach
from fewshot.conformance.similarities import made_similarity
from fewshot.core.errors import RequestError, unknown
from fewshot.core.rng import seeded
from fewshot.core.types import MEASURES, Loss, Similarity
from fewshot.models.losses import bind
from fewshot.registry.lookup import find, load, make_part
from fewshot.registry.source import PartInfo

TASK, WAY, SHOT, QUERY, CLASSES = 2, 5, 3, 4, 11  # all of another length, as is the embedding
ORDERS = ([4, 0, 1, 2, 3], [1, 0, 2, 4, 3])
ROUNDED = 0.1  # of the number, for embeddings rounded to bfloat16
NEUTRAL = "euclidean"  # measures where a similarity is a network that has not learned yet


def check_loss(entry: PartInfo, part: Callable, options: dict, size: int | None) -> list[str]:
    """Its value and gradients with its default similarity, for several shots and for small and rounded embeddings.

    A loss is given float32, as learners compare in it; what they embed in bfloat16 is rounded before.
    """
    _check_default(entry, part)
    similarity, dim = _similarity(part.marks.similarity)
    if isinstance(part, type) and not issubclass(part, nn.Module):
        raise RequestError(f"{entry.label}: expected a function or an nn.Module class, got the class {part.__name__}")
    make = partial(_made, entry, part, options)
    loss = make(dim, CLASSES)
    taught = _check_gradients(entry, make, loss, dim, similarity)
    blind = _check_order(entry, loss, dim, similarity)
    reach = check_reach(
        entry,
        part,
        loss,
        lambda support, query, seed: _value(entry, loss, support, query, similarity, seed=seed),
        (TASK, WAY, SHOT, dim),
        (TASK, WAY, QUERY, dim),
    )
    _check_rounded(entry, loss, dim, similarity)
    saved = _check_saved(entry, make, loss, dim, similarity)
    whose = " and all its weights" if weights(loss) else ""
    return [
        f"with {part.marks.similarity}, one finite number for {TASK} tasks of {WAY}-way {SHOT}-shot and 1-shot with "
        f"{QUERY} queries a class, the same within {ROUNDED:.0%} of embeddings rounded to bfloat16",
        f"finite gradients, to the {taught}{whose}; learns {reach}; {blind or 'blind to the order of classes'}",
        f"{_check_apart(entry, part, make)}; {_check_differences(entry, part, make)}",
        f"{saved}; {_check_gpu(entry, part, make, bool(blind))}",
    ]


def _check_default(entry: PartInfo, part: Callable) -> None:
    if part.marks.needs not in MEASURES:
        raise unknown(f"need of {entry.label}", part.marks.needs, MEASURES)
    similarity = load("similarities", part.marks.similarity)  # an unknown name is refused with the nearest
    if not hasattr(similarity, part.marks.needs):
        came = f"its default {part.marks.similarity} lacks it"
        raise RequestError(f"{entry.label}: expected a similarity with {part.marks.needs!r}, which it needs; {came}")


def _similarity(name: str, shapes: tuple[tuple[int, ...], ...] = ((7,), (3, 2, 3))) -> tuple[nn.Module, int]:
    """A similarity by its name with the length of the embeddings it was made for."""
    options = make_part("similarities", name).options
    return made_similarity(find("similarities", name), load("similarities", name), options, shapes)


def _made(entry: PartInfo, part: Callable, options: dict, dim: int, classes: int, seed: int = 0) -> nn.Module:
    with inside(entry, f"dim {dim} and {classes} classes"), seeded(seed, "conformance"):
        return bind(part, options, dim, classes)


def _embeddings(dim: int) -> list[tuple[Tensor, Tensor]]:
    """Without structure, so that pairs within and past a margin are among them; small ones for margins below."""
    found = []
    for shot, scale in ((SHOT, 1.0), (1, 1.0), (SHOT, 0.1)):
        found.append((scale * numbers(TASK, WAY, shot, dim), scale * numbers(TASK, WAY, QUERY, dim, seed=1)))
    rounded = [values.bfloat16().float() for values in found[0]]  # as a learner hands them in: compared in float32
    return [(support.requires_grad_(), query.requires_grad_()) for support, query in (*found, rounded)]


def _classes() -> Tensor:
    """Each once in a task; the two tasks share some."""
    return (2 * torch.arange(WAY) + 4 * torch.arange(TASK)[:, None]) % CLASSES


def _value(
    entry: PartInfo, loss: Loss, support: Tensor, query: Tensor, similarity: Similarity, **given: object
) -> Tensor:
    """With `order`, of the classes in that order; `seed` is of the numbers that it draws; `note` is for a message."""
    classes = _classes()[:, : support.shape[1]].to(support.device)
    if order := given.get("order"):
        support, query, classes = support[:, order], query[:, order], classes[:, order]
    shapes = _given(support, query) + given.get("note", "")
    with inside(entry, shapes), seeded(given.get("seed", 0), "conformance", support.device):
        value = loss(support, query, similarity, classes)
    check_tensor(entry, "one number", value, (), shapes)
    return value


def _given(support: Tensor, query: Tensor) -> str:
    return f"supports {dims(support.shape)}, queries {dims(query.shape)}"


def _check_gradients(entry: PartInfo, make: Callable, loss: Loss, dim: int, similarity: Similarity) -> str:
    found = _taught(entry, loss, dim, similarity)
    to = [name for name in ("supports", "queries") if found[name] is not None and found[name].any()]
    if not to:
        raise RequestError(f"{entry.label}: expected a gradient for the supports or the queries, got none but zeros")
    own = {name: found[name] for name in weights(loss)}
    if unused := idle(own, lambda: make(dim, CLASSES, seed=2), lambda other: _taught(entry, other, dim, similarity)):
        raise RequestError(f"{entry.label}: expected a gradient for the {unused[0]}, got none: no value depends on it")
    return " and ".join(to)


def _taught(entry: PartInfo, loss: Loss, dim: int, similarity: Similarity) -> dict[str, Tensor | None]:
    """For all embeddings and weights, whether one of the values has a gradient other than zero; None without any."""
    taught: dict[str, Tensor | None] = {}
    for support, query in _embeddings(dim):
        value = _value(entry, loss, support, query, similarity)
        sources = {"supports": support, "queries": query, **weights(loss)}
        for name, grad in gradients(entry, value, sources, _given(support, query)).items():
            before = taught.get(name)
            taught[name] = before if grad is None else grad.any() | (before is not None and before)
    return taught


def _check_order(entry: PartInfo, loss: Loss, dim: int, similarity: Similarity) -> str:
    """Why it could not be checked, or nothing."""
    support, query = _embeddings(dim)[0]
    expected, again = (_value(entry, loss, support, query, similarity, seed=seed).item() for seed in (0, 1))
    if not math.isclose(expected, again, rel_tol=1e-6):
        return "it draws numbers, so the order of classes was not checked"
    for order in ORDERS:
        came = _value(entry, loss, support, query, similarity, order=order).item()
        if not math.isclose(came, expected, rel_tol=1e-4, abs_tol=1e-5):
            said = f"expected the same number for classes in another order, {expected:.6g}, got {came:.6g}"
            raise RequestError(f"{entry.label}: {said}")
    return ""


def _check_rounded(entry: PartInfo, loss: Loss, dim: int, similarity: Similarity) -> None:
    exact, *_, rounded = _embeddings(dim)
    expected, came = (_value(entry, loss, *given, similarity).item() for given in (exact, rounded))
    if not math.isclose(came, expected, rel_tol=ROUNDED, abs_tol=ROUNDED / 10):
        said = f"expected nearly the same number for embeddings rounded to bfloat16, {expected:.6g}, got {came:.6g}"
        raise RequestError(f"{entry.label}: {said}")


def _check_apart(entry: PartInfo, part: Callable, make: Callable) -> str:
    """By its default similarity or, where that has yet to learn what is alike, by a neutral one."""
    similarity, _ = _similarity(part.marks.similarity, separation.SHAPES)
    if not hasattr(similarity, "distance") and weights(similarity):
        similarity, _ = _similarity(NEUTRAL, separation.SHAPES)
    return separation.check_separation(entry, make, similarity.eval(), _classes(), CLASSES)


def _check_differences(entry: PartInfo, part: Callable, make: Callable) -> str:
    similarity, dim = _similarity(part.marks.similarity)
    loss, similarity = make(dim, CLASSES).double(), similarity.double()
    if not is_smooth(part, loss):
        return NOT_SMOOTH
    support, query = (numbers(TASK, 3, images, dim, seed=images).double().requires_grad_() for images in (1, 2))
    own = dict(loss.named_parameters())

    def anew(*given: object) -> Tensor:
        """A copy whose state no call has changed, with the weights that are tried."""
        return functional_call(deepcopy(loss), own, given)

    sources = {"supports": support, "queries": query, **weights(loss)}
    value = partial(_value, entry, anew, support, query, similarity, note=IN_FLOAT64)
    return check_differences(entry, value, sources, _given(support, query))


def _check_saved(entry: PartInfo, make: Callable, loss: nn.Module, dim: int, similarity: Similarity) -> str:
    """After all the calls before, which may have changed its state."""
    other = reloaded(entry, loss, make(dim, CLASSES, seed=1))
    if not all(getattr(one, "resumable", True) for one in loss.modules()):
        return "saved and loaded by safetensors, but for what resumable = False says"
    expected, came = (_value(entry, one, *_embeddings(dim)[0], similarity).item() for one in (loss, other))
    if not math.isclose(came, expected, rel_tol=1e-5, abs_tol=1e-6):
        said = f"the same number after loading it, {expected:.6g}, got {came:.6g}; if not it says resumable = False"
        raise RequestError(f"{entry.label}: expected its state_dict to be all of it, {said}")
    return "saved and loaded by safetensors"


def _check_gpu(entry: PartInfo, part: Callable, make: Callable, draws: bool) -> str:
    if draws:
        return "not held against the GPU, which draws others"

    def value(device: torch.device) -> Tensor:
        similarity, dim = _similarity(part.marks.similarity)
        given = [values.to(device) for values in _embeddings(dim)[0]]
        return _value(entry, make(dim, CLASSES).to(device), *given, similarity.to(device))

    return check_on_gpu(entry, value)
