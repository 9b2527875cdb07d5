"""The losses that pytorch-metric-learning keeps, through our adapter, against loops on sizes that all differ.

Values are those of the loops, and slopes those of central differences of the loops. Pairs are those of a task's queries
with its supports, or all images of the step, and options are ours by their names.
"""

from collections.abc import Callable, Iterator
from math import acos, cos, exp, log, radians, tan

import pytest
import torch
from torch.nn.functional import normalize

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import load, make_part

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 5, 3, 4, 7, 11
NUMBERS = torch.tensor([[3, 0, 10, 7, 5], [1, 2, 3, 4, 10]])

Row = tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]  # an image, others of its class, images of others
Cosines = tuple[list[float], list[float]]  # of an image to others of its class, and to those of others

STEP = 1e-6
moved = [0.0, 0.0]  # of supports and queries, in a random direction


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    """Queries near their class, so that no loss is at a bound, a little moved."""
    draw = torch.Generator().manual_seed(0)
    support, query, centre, *ways = (
        torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY, 1, SHOT, QUERY)
    )
    return tuple(side + centre + far * way for side, far, way in zip((support, query), moved, ways, strict=True))


def made(name: str, **options) -> torch.nn.Module:
    torch.manual_seed(0)
    return load("losses", name)(DIM, CLASSES, **make_part("losses", name, options).options).double()


def check(loss: torch.nn.Module, equation: Callable[[], float], rel: float = 1e-5) -> None:
    """Compare the value of a loss, and its slopes as supports and queries move, with an equation's."""
    measure = load("similarities", type(loss).marks.similarity)((DIM,)).double()
    sides = [side.requires_grad_() for side in embeddings()]
    value = loss(*sides, measure, NUMBERS)
    slopes = torch.autograd.grad(value, sides)
    assert value.item() == pytest.approx(equation(), rel=rel)
    for place, slope in enumerate(slopes):
        ends, sides = [], []
        for far in (STEP, -STEP):
            moved[place] = far
            ends.append(equation())
            sides.append(embeddings()[place])
        moved[place] = 0.0
        way = (sides[0] - sides[1]) / (2 * STEP)
        found = (slope * way).sum().item()
        assert found == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-3, abs=1e-6)


def cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(one @ other / (one.norm() * other.norm()))


def chord(cos_of_two: float) -> float:
    """Euclidean distance of normalised embeddings."""
    return (2 - 2 * cos_of_two) ** 0.5


def groups(pairs: str) -> Iterator[list[Row]]:
    """Of each task, every query beside the supports; with all pairs, every image of the step beside all others."""
    support, query = embeddings()
    if pairs == "all":
        every = images_and_classes()
        yield [
            (
                one,
                [other for j, (other, theirs) in enumerate(every) if theirs == own and j != i],
                [other for other, theirs in every if theirs != own],
            )
            for i, (one, own) in enumerate(every)
        ]
        return
    for task in range(TASK):
        yield [
            (one, [*support[task, way]], [other for j in range(WAY) if j != way for other in support[task, j]])
            for way in range(WAY)
            for one in query[task, way]
        ]


def cosines(pairs: str) -> Iterator[list[Cosines]]:
    """Of each group, the cosines of every image."""
    for rows in groups(pairs):
        yield [([cosine(one, p) for p in own], [cosine(one, n) for n in others]) for one, own, others in rows]


@pytest.fixture(params=["episode", "all"])
def pairs(request) -> str:
    return request.param


def mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def over_groups(of_group, pairs: str) -> float:
    return mean(of_group(rows) for rows in cosines(pairs))


def test_supcon(pairs):
    def of_group(rows):
        terms = []
        for own, others in rows:
            total = sum(exp(value / 0.2) for value in own + others)
            terms.append(-mean(log(exp(value / 0.2) / total) for value in own))
        return mean(terms)

    check(made("supcon", temperature=0.2, pairs=pairs), lambda: over_groups(of_group, pairs))


def test_circle(pairs):
    """The weights in brackets pass no gradient: they stay those of the cosines as they are."""
    m, gamma, fixed = 0.3, 5.0, list(cosines(pairs))

    def equation():
        means = []
        for rows, still in zip(cosines(pairs), fixed, strict=True):
            terms = []
            for (own, others), (own_still, others_still) in zip(rows, still, strict=True):
                near, far = (zip(*both, strict=True) for both in ((own, own_still), (others, others_still)))
                positive = sum(exp(-gamma * max(0.0, 1 + m - w) * (s - (1 - m))) for s, w in near)
                negative = sum(exp(gamma * max(0.0, w + m) * (s - m)) for s, w in far)
                terms.append(log(1 + positive * negative))
            means.append(mean(terms))
        return mean(means)

    check(made("circle", m=0.3, gamma=5.0, pairs=pairs), equation)


def test_multi_similarity(pairs):
    def of_group(rows):
        alpha, beta, base = 3.0, 20.0, 0.4
        return mean(
            log(1 + sum(exp(-alpha * (s - base)) for s in own)) / alpha
            + log(1 + sum(exp(beta * (s - base)) for s in others)) / beta
            for own, others in rows
        )

    check(made("multi_similarity", alpha=3.0, beta=20.0, base=0.4, pairs=pairs), lambda: over_groups(of_group, pairs))


def test_multi_similarity_of_hard_pairs(pairs):
    def of_group(rows):
        alpha, beta, base, terms = 3.0, 20.0, 0.4, []
        for own, others in rows:
            near = [s for s in own if s - 0.1 < max(others)]
            far = [s for s in others if s + 0.1 > min(own)]
            terms.append(
                log(1 + sum(exp(-alpha * (s - base)) for s in near)) / alpha
                + log(1 + sum(exp(beta * (s - base)) for s in far)) / beta
            )
        return mean(terms)

    check(
        made("multi_similarity", alpha=3.0, beta=20.0, base=0.4, mining="hard", pairs=pairs),
        lambda: over_groups(of_group, pairs),
    )


def test_margin(pairs):
    def of_group(rows):
        hinges = [
            (max(0.0, chord(near) - 1.1 + 0.3), max(0.0, 1.1 - chord(far) + 0.3))
            for own, others in rows
            for near in own
            for far in others
        ]
        counted = sum((left > 0) + (right > 0) for left, right in hinges)
        return sum(left + right for left, right in hinges) / counted

    check(made("margin", margin=0.3, beta=1.1, pairs=pairs), lambda: over_groups(of_group, pairs))
    learned = made("margin", margin=0.3, beta=1.1, learned_beta=True, pairs=pairs)
    check(learned, lambda: over_groups(of_group, pairs))
    assert [one.item() for one in learned.parameters()] == [pytest.approx(1.1)]


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_lifted_structure(scale):
    def equation():
        images = images_and_classes()
        distance = [[scale * chord(min(1.0, cosine(one, other))) for other, _ in images] for one, _ in images]
        label, terms = [number for _, number in images], []
        for i, own in enumerate(label):
            for j, theirs in enumerate(label):
                if theirs == own and i != j:
                    negative = [exp(0.8 - distance[a][k]) for a in (i, j) for k in range(len(label)) if label[k] != own]
                    terms.append(max(0.0, log(sum(negative)) + distance[i][j] - 0.1) ** 2 / 2)
        return mean(terms)

    check(made("lifted_structure", neg_margin=0.8, pos_margin=0.1, scale=scale), equation)


def test_lifted_structure_of_queries_and_references_is_refused():
    with pytest.raises(RequestError, match='expected pairs = "all", as the library mixes up references'):
        made("lifted_structure", pairs="episode")


def test_tuplet_margin(pairs):
    def of_group(rows):
        return mean(
            log(1 + sum(exp(9 * (far - cos(acos(near) - radians(4)))) for far in others))
            for own, others in rows
            for near in own
        )

    check(made("tuplet_margin", margin=4.0, scale=9.0, pairs=pairs), lambda: over_groups(of_group, pairs))


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_angular(scale, pairs):
    square = tan(radians(35)) ** 2

    def equation():
        means = []
        for rows in groups(pairs):
            terms = []
            for x, own, others in rows:
                x, own, others = (normalize(torch.stack([*side]), dim=-1) for side in ([x], own, others))
                for p in own:
                    near = 2 * (1 + square) * float(x[0] @ p)
                    far = (4 * square * others @ (x[0] + p)).tolist()
                    terms.append(log(1 + sum(exp(scale * (value - near)) for value in far)))
            means.append(mean(terms))
        return mean(means)

    check(made("angular", alpha=35.0, scale=scale, pairs=pairs), equation)


@pytest.mark.parametrize("penalty", [0.0, 0.02])
def test_n_pairs(penalty):
    """The first pair of each class of the step, by inner products, and the norms of all images."""

    def equation():
        images = torch.cat(embeddings(), 2)
        first = {int(NUMBERS[t, w]): images[t, w] for t in reversed(range(TASK)) for w in range(WAY)}
        assert len(first) == len(set(NUMBERS.flatten().tolist()))
        terms = []
        for number, own in first.items():
            products = {other: float(own[0] @ theirs[1]) for other, theirs in first.items()}
            terms.append(log(sum(map(exp, products.values()))) - products[number])
        return mean(terms) + penalty * mean(float(one @ one) for one, _ in images_and_classes())

    check(made("n_pairs", norm_penalty=penalty), equation)


@pytest.mark.parametrize(
    ("name", "options", "temperature"), [("n_pairs", {"images": "all"}, None), ("nt_xent", {"pairs": "all"}, 0.07)]
)
def test_each_pair_of_the_step_among_the_negatives_of_its_first_image(name, options, temperature):
    def alike(one, other):
        return float(one @ other) if temperature is None else cosine(one, other) / temperature

    def equation():
        images, terms = images_and_classes(), []
        for i, (one, own) in enumerate(images):
            others = sum(exp(alike(one, other)) for other, theirs in images if theirs != own)
            for j, (other, theirs) in enumerate(images):
                if theirs == own and j != i:
                    terms.append(log(1 + others / exp(alike(one, other))))
        return mean(terms)

    check(made(name, **options), equation)


@pytest.mark.parametrize("mining", ["all", "semihard", "hardest"])
def test_triplet_margin(mining, pairs):
    def of_group(rows):
        triplets = [(min(own), max(others)) for own, others in rows] if mining == "hardest" else [
            (near, far) for own, others in rows for near in own for far in others if mining == "all" or near > far
        ]  # fmt: skip
        hinges = [max(0.0, chord(near) - chord(far) + 0.3) for near, far in triplets]
        return sum(hinges) / sum(hinge > 0 for hinge in hinges)

    check(made("triplet_margin", margin=0.3, mining=mining, pairs=pairs), lambda: over_groups(of_group, pairs))


def images_and_classes() -> list[tuple[torch.Tensor, int]]:
    images = torch.cat(embeddings(), 2)
    return [(one, int(NUMBERS[t, w])) for t in range(TASK) for w in range(WAY) for one in images[t, w]]


def cross_entropy(logits: list[float], own: int) -> float:
    return log(sum(map(exp, logits))) - logits[own]


@pytest.mark.parametrize(
    ("name", "options", "own_logit", "scale"),
    [
        ("norm_softmax", {"temperature": 0.5}, lambda value: value, 2.0),
        ("cosface", {"margin": 0.2, "scale": 6.0}, lambda value: value - 0.2, 6.0),
        ("arcface", {"margin": 10.0, "scale": 6.0}, lambda value: cos(acos(value) + radians(10)), 6.0),
    ],
)
def test_softmax_by_cosines(name, options, own_logit, scale):
    loss = made(name, **options)
    vectors = loss.loss.W.detach()
    assert vectors.shape == (DIM, CLASSES)

    def equation():
        terms = []
        for image, own in images_and_classes():
            values = [cosine(image, vectors[:, c]) for c in range(CLASSES)]
            terms.append(cross_entropy([scale * (own_logit(v) if c == own else v) for c, v in enumerate(values)], own))
        return mean(terms)

    check(loss, equation)


def test_subcenter_arcface():
    loss = made("subcenter_arcface", margin=10.0, scale=6.0, sub_centers=2)
    vectors = loss.loss.W.detach()

    def equation():
        terms = []
        for image, own in images_and_classes():
            values = [max(cosine(image, vectors[:, 2 * c + k]) for k in range(2)) for c in range(CLASSES)]
            values[own] = cos(acos(values[own]) + radians(10))
            terms.append(cross_entropy([6 * value for value in values], own))
        return mean(terms)

    check(loss, equation)


def test_soft_triple():
    loss = made("soft_triple", centers_per_class=2, la=6.0, gamma=0.5, margin=0.05)
    vectors = loss.loss.fc.detach()

    def equation():
        terms = []
        for image, own in images_and_classes():
            values = []
            for c in range(CLASSES):
                each = [cosine(image, vectors[:, 2 * c + k]) for k in range(2)]
                weight = [exp(value / 0.5) for value in each]
                values.append(sum(w * value for w, value in zip(weight, each, strict=True)) / sum(weight))
            values[own] -= 0.05
            terms.append(cross_entropy([6 * value for value in values], own))
        return mean(terms)

    check(loss, equation)


def test_proxy_anchor():
    loss = made("proxy_anchor", margin=0.2, alpha=5.0)
    vectors = loss.loss.proxies.detach()

    def equation():
        positive, negative = [], []
        for c in range(CLASSES):
            own = [exp(-5 * (cosine(x, vectors[c]) - 0.2)) for x, label in images_and_classes() if label == c]
            others = [exp(5 * (cosine(x, vectors[c]) + 0.2)) for x, label in images_and_classes() if label != c]
            positive += [log(1 + sum(own))] if own else []
            negative.append(log(1 + sum(others)))
        assert len(positive) == len(set(NUMBERS.flatten().tolist())) < CLASSES
        return mean(positive) + mean(negative)

    check(loss, equation)
