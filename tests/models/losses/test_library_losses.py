"""The losses that pytorch-metric-learning keeps, through our adapter, against loops on sizes that all differ.

Pairs are those of a task's queries with its supports, or all images of the step, and options are ours by their names.
"""

from collections.abc import Iterator
from math import acos, cos, exp, log, radians, tan

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import load, make_part

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 5, 3, 4, 7, 11
NUMBERS = torch.tensor([[3, 0, 10, 7, 5], [1, 2, 3, 4, 10]])

Cosines = tuple[list[float], list[float]]  # of a query to the supports of its class, and to all others


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    """Queries near their class, so that no loss is at a bound."""
    draw = torch.Generator().manual_seed(0)
    support, query, centre = (
        torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY, 1)
    )
    return support + centre, query + centre


def library_loss(name: str, similarity: str | None = None, **options) -> tuple[float, torch.nn.Module]:
    torch.manual_seed(0)
    part = load("losses", name)
    loss = part(DIM, CLASSES, **make_part("losses", name, options).options).double()
    measure = load("similarities", similarity or part.marks.similarity)((DIM,)).double()
    return loss(*embeddings(), measure, NUMBERS).item(), loss.loss.requires_grad_(False)


def cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(one @ other / (one.norm() * other.norm()))


def chord(cos_of_two: float) -> float:
    """Euclidean distance of normalised embeddings."""
    return (2 - 2 * cos_of_two) ** 0.5


def episodes() -> Iterator[list[Cosines]]:
    """Of each task, the cosines of every query."""
    support, query = embeddings()
    for task in range(TASK):
        rows = []
        for way in range(WAY):
            for one in query[task, way]:
                row = [[cosine(one, other) for other in support[task, j]] for j in range(WAY)]
                rows.append((row[way], [value for j in range(WAY) if j != way for value in row[j]]))
        yield rows


def mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def over_tasks(of_task) -> float:
    return mean(of_task(rows) for rows in episodes())


def test_supcon():
    def of_task(rows):
        terms = []
        for own, others in rows:
            total = sum(exp(value / 0.2) for value in own + others)
            terms.append(-mean(log(exp(value / 0.2) / total) for value in own))
        return mean(terms)

    assert library_loss("supcon", temperature=0.2)[0] == pytest.approx(over_tasks(of_task))


def test_circle():
    def of_task(rows):
        m, gamma, terms = 0.3, 5.0, []
        for own, others in rows:
            positive = sum(exp(-gamma * max(0.0, 1 + m - s) * (s - (1 - m))) for s in own)
            negative = sum(exp(gamma * max(0.0, s + m) * (s - m)) for s in others)
            terms.append(log(1 + positive * negative))
        return mean(terms)

    assert library_loss("circle", m=0.3, gamma=5.0)[0] == pytest.approx(over_tasks(of_task))


def test_multi_similarity():
    def of_task(rows):
        alpha, beta, base = 3.0, 20.0, 0.4
        return mean(
            log(1 + sum(exp(-alpha * (s - base)) for s in own)) / alpha
            + log(1 + sum(exp(beta * (s - base)) for s in others)) / beta
            for own, others in rows
        )

    found, _ = library_loss("multi_similarity", alpha=3.0, beta=20.0, base=0.4)
    assert found == pytest.approx(over_tasks(of_task))


def test_margin():
    def of_task(rows):
        hinges = [
            (max(0.0, chord(near) - 1.1 + 0.3), max(0.0, 1.1 - chord(far) + 0.3))
            for own, others in rows
            for near in own
            for far in others
        ]
        counted = sum((left > 0) + (right > 0) for left, right in hinges)
        return sum(left + right for left, right in hinges) / counted

    assert library_loss("margin", margin=0.3, beta=1.1)[0] == pytest.approx(over_tasks(of_task))


def test_lifted_structure():
    images = images_and_classes()
    distance = [[chord(min(1.0, cosine(one, other))) for other, _ in images] for one, _ in images]
    label, terms = [number for _, number in images], []
    for i, own in enumerate(label):
        for j, theirs in enumerate(label):
            if theirs == own and i != j:
                negative = [exp(0.8 - distance[a][k]) for a in (i, j) for k in range(len(label)) if label[k] != own]
                terms.append(max(0.0, log(sum(negative)) + distance[i][j] - 0.1) ** 2 / 2)
    found, _ = library_loss("lifted_structure", neg_margin=0.8, pos_margin=0.1)
    assert found == pytest.approx(mean(terms), rel=1e-5)


def test_lifted_structure_of_queries_and_references_is_refused():
    with pytest.raises(RequestError, match='expected pairs = "all", as the library mixes up references'):
        library_loss("lifted_structure", pairs="episode")


def test_tuplet_margin():
    def of_task(rows):
        return mean(
            log(1 + sum(exp(9 * (far - cos(acos(near) - radians(4)))) for far in others))
            for own, others in rows
            for near in own
        )

    assert library_loss("tuplet_margin", margin=4.0, scale=9.0)[0] == pytest.approx(over_tasks(of_task))


def test_angular():
    support, query = (values / values.norm(dim=-1, keepdim=True) for values in embeddings())
    means, square = [], tan(radians(35)) ** 2
    for task in range(TASK):
        terms = []
        for way in range(WAY):
            for anchor in query[task, way]:
                for positive in support[task, way]:
                    others = [other for j in range(WAY) if j != way for other in support[task, j]]
                    terms.append(log(1 + sum(
                        exp(4 * square * float((anchor + positive) @ other)
                            - 2 * (1 + square) * float(anchor @ positive))
                        for other in others
                    )))  # fmt: skip
        means.append(mean(terms))
    assert library_loss("angular", alpha=35.0)[0] == pytest.approx(mean(means))


def test_n_pairs():
    """The first pair of each class of the step, by inner products."""
    images = torch.cat(embeddings(), 2)
    first = {int(NUMBERS[t, w]): images[t, w] for t in reversed(range(TASK)) for w in range(WAY)}
    terms = []
    for number, own in first.items():
        products = {other: float(own[0] @ theirs[1]) for other, theirs in first.items()}
        terms.append(log(sum(map(exp, products.values()))) - products[number])
    assert len(terms) == len(set(NUMBERS.flatten().tolist()))
    assert library_loss("n_pairs")[0] == pytest.approx(mean(terms))


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
    found, library = library_loss(name, **options)
    assert library.W.shape == (DIM, CLASSES)
    terms = []
    for image, own in images_and_classes():
        values = [cosine(image, library.W[:, c]) for c in range(CLASSES)]
        terms.append(cross_entropy([scale * (own_logit(v) if c == own else v) for c, v in enumerate(values)], own))
    assert found == pytest.approx(mean(terms))


def test_subcenter_arcface():
    found, library = library_loss("subcenter_arcface", margin=10.0, scale=6.0, sub_centers=2)
    terms = []
    for image, own in images_and_classes():
        values = [max(cosine(image, library.W[:, 2 * c + k]) for k in range(2)) for c in range(CLASSES)]
        values[own] = cos(acos(values[own]) + radians(10))
        terms.append(cross_entropy([6 * value for value in values], own))
    assert found == pytest.approx(mean(terms))


def test_soft_triple():
    found, library = library_loss("soft_triple", centers_per_class=2, la=6.0, gamma=0.5, margin=0.05)
    terms = []
    for image, own in images_and_classes():
        values = []
        for c in range(CLASSES):
            each = [cosine(image, library.fc[:, 2 * c + k]) for k in range(2)]
            weight = [exp(value / 0.5) for value in each]
            values.append(sum(w * value for w, value in zip(weight, each, strict=True)) / sum(weight))
        values[own] -= 0.05
        terms.append(cross_entropy([6 * value for value in values], own))
    assert found == pytest.approx(mean(terms))


def test_proxy_anchor():
    found, library = library_loss("proxy_anchor", margin=0.2, alpha=5.0)
    positive, negative = [], []
    for c in range(CLASSES):
        own = [exp(-5 * (cosine(x, library.proxies[c]) - 0.2)) for x, label in images_and_classes() if label == c]
        others = [exp(5 * (cosine(x, library.proxies[c]) + 0.2)) for x, label in images_and_classes() if label != c]
        positive += [log(1 + sum(own))] if own else []
        negative.append(log(1 + sum(others)))
    assert len(positive) == len(set(NUMBERS.flatten().tolist())) < CLASSES
    assert found == pytest.approx(mean(positive) + mean(negative))
