"""A network of noise measured with every mistake: known effects, sound answers, and the same right figure."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.core.recipe import TaskShape
from fewshot.evaluation.measure import measure
from fewshot.evaluation.pitfalls.measure import MISTAKES, folded, with_mistakes
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import Episodes, Protocol
from fewshot.records.answers import ClassCounts
from fewshot.records.stored.consistency import check_answers
from fewshot.registry.pitfalls import CONSTANT, MEASURED, mistaken

TASK = "5-way 1-shot"


@pytest.fixture(scope="module")
def found(glyph_bank):
    """What is measured of images that are noise, by a network that has learned nothing."""
    noise = torch.randint(0, 256, (24 * 20, 1, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    bank = replace(glyph_bank(24, images=20, groups=3, authors=20), pixels=noise)
    episodes = Episodes(TaskShape(way=5, shot=1, query=1), 300, within_group=True, other_authors=True)
    classes = {"train": (), "val": bank.classes, "test": ()}
    protocol = Protocol("made-up", "made-up", classes, val=(episodes,), test=(), pairs=20, seed=3)
    torch.manual_seed(0)
    encoder = conv4(bank.shape, widths=(8, 8))
    learner = siamese(encoder, euclidean(encoder.shape))
    right = measure(learner, bank, protocol, "val")
    names = [*MEASURED, "measured_in_training"]
    return right, with_mistakes(right, names, learner, bank, protocol, original=lambda: bank), bank


def test_every_mistake_of_an_evaluation_is_made_and_named(found):
    right, wrong, _ = found
    assert {*MISTAKES} == {*MEASURED}
    assert {*wrong.accuracy} == {TASK, f"{TASK}, {CONSTANT}", *(mistaken(TASK, name) for name in MEASURED)}
    assert wrong.accuracy[TASK] == right.accuracy[TASK]
    assert wrong.answers[TASK] == right.answers[TASK]


def test_answers_add_up_in_the_classes_of_the_record(found):
    _, wrong, bank = found
    for task, values in wrong.accuracy.items():
        check_answers(wrong.answers[task], len(bank.classes), values)


def test_the_identical_image_makes_noise_right_and_replacement_one_in_twenty(found):
    accuracy = {task: np.mean(values) for task, values in found[1].accuracy.items()}
    assert accuracy[TASK] == pytest.approx(0.2, abs=0.06)
    assert accuracy[mistaken(TASK, "identical_image")] == 1.0
    assert accuracy[mistaken(TASK, "with_replacement")] == pytest.approx(0.95 * accuracy[TASK] + 0.05, abs=0.02)
    assert accuracy[mistaken(TASK, "nearest_resizing")] == accuracy[TASK]  # images of the same size
    assert accuracy[f"{TASK}, {CONSTANT}"] == pytest.approx(0.2)
    assert accuracy[mistaken(TASK, "constant_ties")] == 1.0
    for name in ("batch_statistics", "across_alphabets", "same_drawers", "uninverted_ink", "turned_classes"):
        assert accuracy[mistaken(TASK, name)] == pytest.approx(0.2, abs=0.06), name


def test_turns_of_a_class_are_counted_as_that_class():
    counts = ClassCounts(2, True, [1, 2, 3, 4], [0.5, 1, 1.5, 2], [1, 2, 3, 4], [(0, 2, 1)])
    assert folded(counts, 2) == ClassCounts(2, True, [4, 6], [2, 3], [4, 6], [])
