"""Losses of pairs told which queries are forgeries: the values of plain loops over the pairs that are allowed."""

from itertools import chain
from math import exp, log

import pytest
import torch

from fewshot.core.types import Tasks
from fewshot.models.learners.siamese import siamese
from fewshot.models.losses import bind
from fewshot.models.losses.contrastive import contrastive
from fewshot.models.losses.triplet import triplet
from fewshot.models.losses.verification import verification
from fewshot.models.similarities.euclidean import euclidean
from fewshot.models.similarities.weighted_l1 import weighted_l1

TASK, WAY, SHOT, QUERY, FORGED, DIM = 2, 4, 2, 5, 2, 6  # three genuine queries a class
CLASSES = torch.tensor([[0, 1, 2, 3], [3, 4, 0, 5]])  # two of them in both tasks


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw) for n in (SHOT, QUERY))


def images(pairs: str) -> list[tuple[list[tuple], list[tuple]]]:
    """Anchors, and the images beside each of them, as (class, forged, vector): of each task, or all of the step."""
    support, query = embeddings()
    found = []
    for task in range(TASK):
        own = [[(int(CLASSES[task, way]), False, one) for one in support[task, way]] for way in range(WAY)]
        others = [
            [(int(CLASSES[task, way]), place >= QUERY - FORGED, one) for place, one in enumerate(query[task, way])]
            for way in range(WAY)
        ]
        found.append(tuple([*chain(*side)] for side in (own, others)))
    if pairs == "episode":
        return found
    everything = [one for own, others in found for one in (*own, *others)]
    return [(everything, everything)]


def table(pairs: str, measure) -> list[tuple[list[float], list[float]]]:
    """For each anchor, the values of its allowed same and different pairs."""
    rows = []
    for anchors, others in images(pairs):
        for a, fake, left in anchors:
            same, different = [], []
            for b, forged, right in others:
                if right is left:
                    continue
                value = float(measure(left[None], right[None]).detach())
                if not fake and not forged:
                    (same if a == b else different).append(value)
                elif a == b and fake != forged:
                    different.append(value)
            rows.append((same, different))
    return rows


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("pairs", ["episode", "all"])
def test_verification(pairs):
    similarity = weighted_l1((DIM,))
    rows = table(pairs, similarity.logit)
    same = mean([log(1 + exp(-z)) for own, _ in rows for z in own])
    different = mean([log(1 + exp(z)) for _, other in rows for z in other])
    found = verification(*embeddings(), similarity, CLASSES, FORGED, pairs=pairs)
    assert float(found.detach()) == pytest.approx((same + different) / 2, rel=1e-5)


@pytest.mark.parametrize("pairs", ["episode", "all"])
def test_contrastive(pairs):
    similarity = euclidean((DIM,))
    rows = table(pairs, similarity.distance)
    same = mean([d**2 for own, _ in rows for d in own])
    different = mean([max(0.0, 3 - d) ** 2 for _, other in rows for d in other])
    found = contrastive(*embeddings(), similarity, CLASSES, FORGED, margin=3.0, pairs=pairs)
    assert float(found.detach()) == pytest.approx(same + different, rel=1e-4)


@pytest.mark.parametrize("pairs", ["episode", "all"])
@pytest.mark.parametrize("mining", ["all", "active", "hardest"])
def test_triplet(pairs, mining):
    similarity = euclidean((DIM,))
    rows = [row for row in table(pairs, similarity.distance) if all(row)]
    if mining == "hardest":
        rows = [([max(own)], [min(other)]) for own, other in rows]
    terms = [max(0.0, near - far + 1.5) for own, other in rows for near in own for far in other]
    terms = [term for term in terms if term > 0 or mining != "active"]
    found = triplet(*embeddings(), similarity, CLASSES, FORGED, margin=1.5, mining=mining, pairs=pairs)
    assert float(found.detach()) == pytest.approx(mean(terms), rel=1e-4)


@pytest.mark.parametrize("part", [verification, contrastive, triplet])
def test_a_forgery_away_from_its_class_is_better_and_one_that_is_near_is_worse(part):
    similarity = (weighted_l1 if part is verification else euclidean)((DIM,))
    support, query = embeddings()
    values = []
    for share in (0.0, 1.0):
        moved = query.clone()
        moved[:, :, -FORGED:] = support[:, :, :1] + share * 20
        values.append(part(support, moved, similarity, CLASSES, FORGED).item())
    assert values[0] > values[1]


def test_a_learner_tells_its_loss_of_the_forgeries_in_its_tasks():
    draw = torch.Generator().manual_seed(0)
    support, query = (torch.rand(TASK, WAY, n, 1, 1, DIM, generator=draw) for n in (SHOT, QUERY))
    learner, loss = siamese(torch.nn.Flatten(), euclidean((DIM,))), bind(contrastive, {}, DIM, 6)
    plain, told = (Tasks(support, query, CLASSES, forged) for forged in (0, FORGED))
    flat = support.flatten(3), query.flatten(3)
    assert learner.objective(told, loss) == contrastive(*flat, euclidean((DIM,)), CLASSES, FORGED)
    assert learner.objective(plain, loss) == contrastive(*flat, euclidean((DIM,)), CLASSES)
    assert told.genuine.query.shape[2] == QUERY - FORGED
    assert (told.genuine.forged, plain.genuine) == (0, plain)
