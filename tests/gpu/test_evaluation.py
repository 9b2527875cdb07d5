"""An evaluation hands a GPU nothing of the CPU; no GPU is needed."""

import math

import pytest
import torch
from pretended import PretendedGpu

from fewshot.core.recipe import TaskShape
from fewshot.core.spec.names import SHOT_RULES
from fewshot.evaluation.measure import measure
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.anil import anil
from fewshot.models.learners.blur import blur
from fewshot.models.learners.maml import maml
from fewshot.models.learners.pixels import pixels
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.cosine import cosine
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks import fixed as trials

SHAPE = (1, 16, 16)
KINDS = tuple(Episodes(TaskShape(4, shot, 2), 3, within_group=True, other_authors=True) for shot in (1, 2))
PAIRS = 5


@pytest.fixture
def measured(glyph_bank, monkeypatch):
    """An evaluation there, to which every number that it waits for is 1."""
    bank, gpu, autocast = glyph_bank(12, size=SHAPE[-1]), PretendedGpu(), torch.autocast
    classes = {split: bank.classes if split == "val" else () for split in ("train", "val", "test")}
    protocol = Protocol("made", "glyphs", classes, KINDS, KINDS, pairs=PAIRS, seed=0)
    tasks = {kind: gpu.of(trials.evaluation_tasks(bank, kind, protocol)) for kind in KINDS}
    pairs = gpu.of(trials.verification_pairs(bank, protocol, "val"))
    monkeypatch.setattr("fewshot.evaluation.measure.evaluation_tasks", lambda _, kind, protocol: tasks[kind])
    monkeypatch.setattr("fewshot.evaluation.measure.verification_pairs", lambda *_: pairs)
    monkeypatch.setattr(torch, "autocast", lambda _, *how, **more: autocast("cpu", *how, **more))  # asks for a driver

    def measured(learner):
        with gpu.answered():
            return measure(gpu.of(learner), gpu.of(bank), protocol, "val")

    return measured


@pytest.mark.parametrize("rule", SHOT_RULES)
def test_of_a_network_by_each_shot_rule(measured, rule):
    encoder = conv4(SHAPE)
    found = measured(siamese(encoder, cosine(encoder.shape), rule))
    assert found.accuracy == {kind.name: [1] * kind.number for kind in KINDS}
    assert found.same == found.different == [1] * PAIRS


def test_several_views_of_oblong_images_never_wait():
    encoder, gpu = conv4((1, 16, 24)).eval(), PretendedGpu()
    learner, images = gpu.of(siamese(encoder, cosine(encoder.shape), views=3)), gpu.of(torch.rand(5, 1, 16, 24))
    with torch.no_grad(), gpu.watched():
        assert len(learner.embed(images)) == 5


@pytest.mark.parametrize("learner", [blur(), pixels(cosine((math.prod(SHAPE),)))], ids=["blur", "pixels"])
def test_of_what_is_not_trained(measured, learner):
    assert list(measured(learner).accuracy) == [kind.name for kind in KINDS]


@pytest.mark.parametrize("learner", [pytest.param(maml, marks=pytest.mark.slow), anil])
def test_of_what_adapts(measured, learner):
    pytest.importorskip("learn2learn")
    assert len(measured(learner(conv4(SHAPE))).accuracy) == 2 * len(KINDS)
