"""Our losses against the equations of their papers: value and gradient, by plain loops in float64.

The gradient is compared with central differences of the loops. Pairs are those of a task's queries with its supports,
or of all images of a step; no two sizes are equal.
"""

from collections.abc import Callable
from itertools import product
from math import exp, hypot, log, sqrt

import pytest
import torch

from fewshot.models.losses import bind
from fewshot.registry.lookup import load, make_part

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 3, 2, 4, 5, 7
NUMBERS = torch.tensor([[3, 0, 6], [1, 6, 2]])  # class 6 is in both tasks
STEP = 1e-6

Vector = list[float]
Rows = list[tuple[Vector, list[Vector], list[Vector]]]  # an image, others of its class, others


def drawn() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    support, query, centre = (
        torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY, 1)
    )
    return support + centre, query + centre


def in_tasks(support, query) -> Rows:
    """Every query of every task, with the supports of its class and those of others."""
    rows = []
    for t, w in product(range(TASK), range(WAY)):
        others = [one for v in range(WAY) if v != w for one in support[t][v]]
        rows += [(one, support[t][w], others) for one in query[t][w]]
    return rows


def images(support, query) -> list[tuple[Vector, int]]:
    return [
        (one, int(NUMBERS[t, w])) for t, w in product(range(TASK), range(WAY)) for one in support[t][w] + query[t][w]
    ]


def of_step(support, query) -> Rows:
    """Every image of the step, with the others of its training class and those of other classes."""
    every = images(support, query)
    return [
        (one, [other for j, (other, theirs) in enumerate(every) if theirs == own and j != i],
         [other for other, theirs in every if theirs != own])
        for i, (one, own) in enumerate(every)
    ]  # fmt: skip


def mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def square(a: Vector, b: Vector) -> float:
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def euclid(a: Vector, b: Vector) -> float:
    return sqrt(square(a, b))


def cos(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / (hypot(*a) * hypot(*b))


def softmax(own: Vector, others: Vector) -> float:
    return -log(sum(map(exp, own)) / sum(map(exp, own + others)))


def contrastive(rows: Rows) -> float:
    near = mean(square(x, p) for x, own, _ in rows for p in own)
    return near + mean(max(0.0, 3.0 - euclid(x, n)) ** 2 for x, _, others in rows for n in others)


def near_enough(rows: Rows) -> float:
    pushed = [3.0 - euclid(x, n) for x, _, others in rows for n in others]
    near = mean(square(x, p) for x, own, _ in rows for p in own)
    return near + mean(one**2 for one in pushed if one > 0)


def verification(rows: Rows) -> float:
    """By the logit 3 − Σ 6/5 |l − r|."""

    def logit(a: Vector, b: Vector) -> float:
        return 3.0 - sum(6 / DIM * abs(x - y) for x, y in zip(a, b, strict=True))

    same = mean(log(1 + exp(-logit(x, p))) for x, own, _ in rows for p in own)
    return (same + mean(log(1 + exp(logit(x, n))) for x, _, others in rows for n in others)) / 2


def triplet(rows: Rows) -> float:
    return mean(max(0.0, euclid(x, p) - euclid(x, n) + 2.0) for x, own, others in rows for p in own for n in others)


def hardest(rows: Rows) -> float:
    return mean(
        max(0.0, max(euclid(x, p) for p in own) - min(euclid(x, n) for n in others) + 2.0) for x, own, others in rows
    )


def active(rows: Rows) -> float:
    terms = [euclid(x, p) - euclid(x, n) + 2.0 for x, own, others in rows for p in own for n in others]
    return mean(term for term in terms if term > 0)


def matching(rows: Rows) -> float:
    return mean(softmax([4 * cos(x, p) for p in own], [4 * cos(x, n) for n in others]) for x, own, others in rows)


def info_nce(rows: Rows) -> float:
    return mean(softmax([4 * cos(x, p)], [4 * cos(x, n) for n in others]) for x, own, others in rows for p in own)


def nca(rows: Rows) -> float:
    scale = 0.5 / DIM
    return mean(
        softmax([-scale * square(x, p) for p in own], [-scale * square(x, n) for n in others])
        for x, own, others in rows
    )


def neighbours(support, query) -> Rows:
    """Every image of every task, with all others of its task."""
    rows = []
    for t, w in product(range(TASK), range(WAY)):
        every = support[t][w] + query[t][w]
        others = [one for v in range(WAY) if v != w for one in support[t][v] + query[t][v]]
        rows += [(one, every[:i] + every[i + 1 :], others) for i, one in enumerate(every)]
    return rows


def to_means(support, query) -> Rows:
    """Every query, with the mean of its class's supports and the means of others."""
    means = [[[[mean(column) for column in zip(*shots, strict=True)]] for shots in task] for task in support]
    return in_tasks(means, query)


def by_squares(rows: Rows) -> float:
    return mean(softmax([-square(x, p) for p in own], [-square(x, n) for n in others]) for x, own, others in rows)


ALL, LEARNED = {"pairs": "all"}, {"learned_scale": True}
SMALL = ("squared_euclidean", {"scale": 0.5, "per_dimension": True})
CASES = [
    ("contrastive", {"margin": 3.0}, ("euclidean", {}), in_tasks, contrastive),
    ("contrastive", {"margin": 3.0} | ALL, ("euclidean", {}), of_step, contrastive),
    ("contrastive", {"margin": 3.0, "mining": "active"}, ("euclidean", {}), in_tasks, near_enough),
    ("contrastive", {"margin": 3.0, "mining": "active"} | ALL, ("euclidean", {}), of_step, near_enough),
    ("verification", {}, ("weighted_l1", {"total": 6.0}), in_tasks, verification),
    ("verification", ALL, ("weighted_l1", {"total": 6.0}), of_step, verification),
    ("triplet", {"margin": 2.0}, ("euclidean", {}), in_tasks, triplet),
    ("triplet", {"margin": 2.0} | ALL, ("euclidean", {}), of_step, triplet),
    ("triplet", {"margin": 2.0, "mining": "active"}, ("euclidean", {}), in_tasks, active),
    ("triplet", {"margin": 2.0, "mining": "active"} | ALL, ("euclidean", {}), of_step, active),
    ("triplet", {"margin": 2.0, "mining": "hardest"}, ("euclidean", {}), in_tasks, hardest),
    ("triplet", {"margin": 2.0, "mining": "hardest"} | ALL, ("euclidean", {}), of_step, hardest),
    ("matching", {}, ("cosine", {"scale": 4.0}), in_tasks, matching),
    ("matching", ALL, ("cosine", {"scale": 4.0, "learned": False}), of_step, matching),
    ("info_nce", {}, ("cosine", {"scale": 4.0}), of_step, info_nce),
    ("nca", {}, ("squared_euclidean", {}), neighbours, by_squares),
    ("nca", LEARNED, SMALL, neighbours, nca),
    ("nca", LEARNED | ALL, SMALL, of_step, nca),
    ("prototypical", {}, ("squared_euclidean", {}), to_means, by_squares),
    ("prototypical", LEARNED, ("squared_euclidean", {"learned": False}), to_means, by_squares),
]


@pytest.mark.parametrize(
    ("name", "options", "similarity", "rows", "equation"),
    CASES,
    ids=[f"{name}-{options}" for name, options, *_ in CASES],
)
def test_value_and_gradient_are_those_of_the_equation(name, options, similarity, rows, equation):
    kind, given = similarity
    loss = bind(load("losses", name), make_part("losses", name, options).options, DIM, CLASSES).double()
    measure = load("similarities", kind)((DIM,), **given).double()
    check(lambda support, query: loss(support, query, measure, NUMBERS), lambda *sides: equation(rows(*sides)))


def check(loss: Callable, equation: Callable) -> None:
    """Compare the value of a loss, and its slope in random directions of supports and queries, with an equation's."""
    draw, sides = torch.Generator().manual_seed(1), [side.requires_grad_() for side in drawn()]
    value = loss(*sides)
    assert value.item() == pytest.approx(equation(*(side.tolist() for side in sides)), rel=1e-5)
    for place, slope in enumerate(torch.autograd.grad(value, sides)):
        way = torch.randn(slope.shape, generator=draw, dtype=torch.float64)
        ends = []
        for sign in (1, -1):
            moved = [side.detach() for side in sides]
            moved[place] = moved[place] + sign * STEP * way
            ends.append(equation(*(side.tolist() for side in moved)))
        assert (slope * way).sum().item() == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize(
    ("name", "options", "own_logit"),
    [
        ("softmax", {"initial_norm": 2.0}, None),
        ("baseline", {}, None),
        ("baseline_pp", {"scale": 4.0}, lambda value: 4 * value),
        ("negative_cosine", {"scale": 5.0, "margin": -0.4}, lambda value: 5 * (value + 0.4)),
    ],
)
def test_losses_with_class_vectors(name, options, own_logit):
    torch.manual_seed(0)
    loss = bind(load("losses", name), make_part("losses", name, options).options, DIM, CLASSES).double()
    vectors = loss.weight.tolist()
    bias = loss.bias.tolist() if own_logit is None else [0.0] * CLASSES
    scale = options.get("scale", 1.0)

    def equation(support, query) -> float:
        terms = []
        for one, own in images(support, query):
            inner = [sum(x * y for x, y in zip(one, vector, strict=True)) for vector in vectors]
            if own_logit is None:
                logits = [value + b for value, b in zip(inner, bias, strict=True)]
                chosen = logits[own]
            else:
                cosines = [cos(one, vector) for vector in vectors]
                logits = [scale * value for value in cosines]
                chosen = own_logit(cosines[own])
            terms.append(softmax([chosen], [value for c, value in enumerate(logits) if c != own]))
        return mean(terms)

    measure = load("similarities", "cosine")((DIM,))  # which none of them uses
    check(lambda support, query: loss(support, query, measure, NUMBERS), equation)


def test_relation():
    torch.manual_seed(0)
    loss = bind(load("losses", "relation"), {}, DIM, CLASSES)
    measure = load("similarities", "relation")((DIM,)).double().eval()

    @torch.no_grad()
    def sigma(a: Vector, b: Vector) -> float:
        sides = (torch.tensor(one, dtype=torch.float64)[None] for one in (a, b))
        return 1 / (1 + exp(-measure.logit(*sides).item()))

    def equation(support, query) -> float:
        rows = to_means(support, query)
        return mean(
            ((1 - sigma(x, own[0])) ** 2 + sum(sigma(x, n) ** 2 for n in others)) / WAY for x, own, others in rows
        )

    check(lambda support, query: loss(support, query, measure, NUMBERS), equation)
