"""The rule for several references: its scores by plain loops, and the choice of the best on val."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank, make_bank
from fewshot.evaluation.operating_points import choose_rule
from fewshot.evaluation.reference_rule import RULES
from fewshot.evaluation.scorer import Scorer
from fewshot.models.learners.hausdorff import hausdorff
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import Episodes, load_protocol

TASKS = Episodes(TaskShape(3, 1, 1), 40)


class Flat(torch.nn.Module):
    shape = (4,)

    def forward(self, images):
        return images.flatten(1)[:, :4]


def verifier() -> siamese:
    return siamese(Flat(), euclidean((4,)))


def test_scores_by_plain_loops():
    references, probes = torch.rand(2, 3, 5, 4), torch.rand(2, 3, 2, 4)
    learner = verifier()
    found = {name: rule(learner.verify, references, probes) for name, rule in RULES.items()}
    for task, way, query, candidate in [(0, 0, 0, 0), (1, 2, 1, 0), (1, 0, 0, 2)]:
        probe, of_class = probes[task, way, query], references[task, candidate]
        scores = torch.stack([-(probe - one).norm() for one in of_class])
        place = task, way, query, candidate
        apart = (probe - of_class.mean(0)).norm()
        expected = {"mean_embedding": -apart, "mean_score": scores.mean(), "max_score": scores.max()}
        for name, value in expected.items():
            assert found[name][place] == pytest.approx(value.item(), abs=1e-5)


def bank(points: dict[str, list[tuple[int, int]]]) -> ImageBank:
    """A bank whose images hold the coordinates of a point in their first two pixels."""
    label = np.repeat(np.arange(len(points)), [len(places) for places in points.values()])
    pixels = np.zeros((len(label), 1, 2, 2), np.uint8)
    pixels[:, 0, 0] = [place for places in points.values() for place in places]
    alone = {"classes": tuple(points), "groups": ("all",), "authors": ("one",)}
    return make_bank(pixels, label, 0 * label, 0 * label, **alone)


def test_a_class_of_two_kinds_is_best_met_by_its_nearest_reference():
    corners = {"a": [(0, 0), (250, 250)], "b": [(0, 250), (250, 0)], "c": [(125, 0), (125, 250)]}
    near = {name: [(x + i % 3, y + i % 2) for i in range(4) for x, y in both] for name, both in corners.items()}
    starts = {"a": (0, 0), "b": (60, 0), "c": (0, 60)}
    spread = [(40 * (i % 3), 40 * (i // 3)) for i in range(9)]
    one_kind = {name: [(x + right, y + down) for right, down in spread] for name, (x, y) in starts.items()}
    protocol = replace(load_protocol("scripts"), val=(TASKS,))
    assert choose_rule(Scorer(verifier(), bank(near)), protocol) == "max_score"
    assert choose_rule(Scorer(verifier(), bank(one_kind)), protocol) == "mean_embedding"


def test_nothing_is_chosen_with_two_images_a_class_or_without_embeddings():
    protocol = replace(load_protocol("scripts"), val=(TASKS,))
    assert choose_rule(Scorer(verifier(), bank({name: [(0, 0), (1, 1)] for name in "abc"})), protocol) == ""
    some = bank({name: [(number, 0) for number in range(8)] for name in "abc"})
    assert choose_rule(Scorer(hausdorff(), some), protocol) == ""
