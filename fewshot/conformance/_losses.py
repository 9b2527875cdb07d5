"""A loss is one finite number, teaches what embeds, and is blind to the order of classes."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from fewshot.conformance._parts import check_tensor, dims, gradients, inside, numbers, weights
from fewshot.conformance._similarities import made_similarity
from fewshot.contracts import MEASURES, Loss, Similarity
from fewshot.errors import RequestError, unknown
from fewshot.losses import bind
from fewshot.registry import find, load, make_part
from fewshot.rng import seeded
from fewshot.sources import Entry

TASK, WAY, SHOT, QUERY, CLASSES = 2, 5, 3, 4, 11  # all of another length, as is the embedding
ORDERS = ([4, 0, 1, 2, 3], [1, 0, 2, 4, 3])


def check_loss(entry: Entry, part: Callable, options: dict, size: int | None) -> list[str]:
    """Its value and gradients with its default similarity, for several shots and for small and rounded embeddings."""
    similarity, dim = _default_similarity(entry, part)
    if isinstance(part, type) and not issubclass(part, nn.Module):
        raise RequestError(f"{entry.label}: expected a function or an nn.Module class, got the class {part.__name__}")
    with inside(entry, f"dim {dim} and {CLASSES} classes"), seeded(0, "conformance"):
        loss = bind(part, options, dim, CLASSES)
    taught: dict[str, bool] = {}  # whether what has a gradient has one other than zero anywhere
    for support, query in _embeddings(dim):
        given = f"supports {dims(support.shape)}, queries {dims(query.shape)}"
        value = _value(entry, loss, support, query, similarity)
        sources = {"supports": support, "queries": query, **weights(loss)}
        for name, grad in gradients(entry, value, sources, given).items():
            if grad is not None:
                taught[name] = taught.get(name, False) or bool(grad.any())
    to = [name for name in ("supports", "queries") if taught.get(name)]
    if not to:
        raise RequestError(f"{entry.label}: expected a gradient for the supports or the queries, got none but zeros")
    if unused := [name for name in weights(loss) if name not in taught]:
        raise RequestError(f"{entry.label}: expected a gradient for the {unused[0]}, got none: no value depends on it")
    blind = _check_order(entry, loss, dim, similarity)
    shapes = f"{TASK} tasks of {WAY}-way {SHOT}-shot and 1-shot with {QUERY} queries a class"
    return [
        f"with {part.similarity}, one finite number for {shapes}, in float32 and rounded to bfloat16",
        f"finite gradients, to the {' and '.join(to)}{' and all its weights' if weights(loss) else ''}; {blind}",
    ]


def _default_similarity(entry: Entry, part: Callable) -> tuple[object, int]:
    if part.needs not in MEASURES:
        raise unknown(f"need of {entry.label}", part.needs, MEASURES)
    similarity = load("similarities", part.similarity)  # an unknown name is refused with the nearest
    if not hasattr(similarity, part.needs):
        came = f"its default {part.similarity} lacks it"
        raise RequestError(f"{entry.label}: expected a similarity with {part.needs!r}, which it needs; {came}")
    options = make_part("similarities", part.similarity).options
    return made_similarity(find("similarities", part.similarity), similarity, options)


def _embeddings(dim: int) -> list[tuple[Tensor, Tensor]]:
    """Without structure, so that pairs within and past a margin are among them; small ones for margins below."""
    found = []
    for shot, scale in ((SHOT, 1.0), (1, 1.0), (SHOT, 0.1)):
        found.append((scale * numbers(TASK, WAY, shot, dim), scale * numbers(TASK, WAY, QUERY, dim, seed=1)))
    rounded = [values.bfloat16().float() for values in found[0]]  # as a learner hands them in: compared in float32
    return [(support.requires_grad_(), query.requires_grad_()) for support, query in (*found, rounded)]


def _value(
    entry: Entry,
    loss: Loss,
    support: Tensor,
    query: Tensor,
    similarity: Similarity,
    order: list | None = None,
    seed: int = 0,
) -> Tensor:
    classes = (2 * torch.arange(WAY) + torch.arange(TASK)[:, None]) % CLASSES
    if order:
        support, query, classes = support[:, order], query[:, order], classes[:, order]
    given = f"supports {dims(support.shape)}, queries {dims(query.shape)}"
    with inside(entry, given), seeded(seed, "conformance"):
        value = loss(support, query, similarity, classes)
    check_tensor(entry, "one number", value, (), given)
    return value


def _check_order(entry: Entry, loss: Loss, dim: int, similarity: Similarity) -> str:
    support, query = _embeddings(dim)[0]
    expected, again = (_value(entry, loss, support, query, similarity, seed=seed).item() for seed in (0, 1))
    if not math.isclose(expected, again, rel_tol=1e-6):
        return "it draws numbers, so the order of classes was not checked"
    for order in ORDERS:
        came = _value(entry, loss, support, query, similarity, order).item()
        if not math.isclose(came, expected, rel_tol=1e-4, abs_tol=1e-5):
            said = f"expected the same number for classes in another order, {expected:.6g}, got {came:.6g}"
            raise RequestError(f"{entry.label}: {said}")
    return "blind to the order of classes"
