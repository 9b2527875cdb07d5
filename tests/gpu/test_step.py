"""A training step gives a GPU its work without waiting for it, and hands it nothing of the CPU; no GPU is needed."""

import contextlib

import pytest
import torch
from kinds import LOOK, LOSSES, RECIPES, SIDE, SIZE, WAITING, laid_out, spec
from pretended import PretendedGpu, WaitsError
from torch import nn

from fewshot.core.spec.run_spec import RunSpec
from fewshot.models.learners.anil import anil
from fewshot.models.learners.maml import maml
from fewshot.registry.resolved import Resolved
from fewshot.tasks.sampler import TaskSampler
from fewshot.training.batches import batches, class_count
from fewshot.training.build import make_learner, make_loss
from fewshot.training.loop import train


@pytest.fixture
def begun(glyph_bank, monkeypatch):
    """How many steps begin before the host first waits for a value, where only the loop's look should."""
    bank, gpu, autocast = glyph_bank(12, size=SIDE), PretendedGpu(), torch.autocast

    def source(moved, *kind, **more):
        return gpu.of(TaskSampler(bank.centre(moved.shape[-1]), *kind, **more))

    for module in ("training.batches", "tasks.pairs"):
        monkeypatch.setattr(f"fewshot.{module}.TaskSampler", source)  # which looks at its bank before the first step
    monkeypatch.setattr("fewshot.training.loop.LOOK_EVERY", LOOK)
    monkeypatch.setattr(
        "fewshot.training.loop.seeded", lambda *_: contextlib.nullcontext()
    )  # a driver is asked for there
    monkeypatch.setattr(torch, "autocast", lambda _, *how, **more: autocast("cpu", *how, **more))  # and here

    def begun(cell: RunSpec, own: nn.Module | None = None) -> int:
        learner = make_learner(Resolved(cell), (1, SIZE, SIZE))
        loss = None if own else make_loss(Resolved(cell), learner, class_count(bank, cell.training))
        learner = laid_out(own or learner, cell)
        tasks, steps = batches(gpu.of(bank), cell.training, 0, SIZE), []
        with pytest.raises(WaitsError), gpu.watched():
            train(gpu.of(learner), gpu.of(loss), lambda step: steps.append(step) or tasks(step), None, cell.training)
        return len(steps)

    return begun


@pytest.mark.parametrize("loss", LOSSES)
def test_no_loss_waits_but_those_of_a_library(begun, loss):
    assert begun(spec(loss)) == (1 if loss in WAITING else LOOK)


def test_hard_mining_does_not_wait(begun):
    assert begun(spec("triplet", options={"triplet": {"mining": "hardest"}})) == LOOK


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_no_recipe_waits(begun, recipe):
    assert begun(spec("verification", **recipe)) == LOOK


@pytest.mark.parametrize("backbone", ["conv6", "resnet6", "torchvision:resnet18"])
def test_no_backbone_waits(begun, backbone):
    assert begun(spec("prototypical", backbone=backbone)) == LOOK


@pytest.mark.parametrize(("options", "steps"), [({}, 1), ({"dropout": 0.0}, LOOK)])
def test_resnet12_waits_where_it_drops_blocks(begun, options, steps, monkeypatch):
    pytest.importorskip("learn2learn")
    monkeypatch.setattr("fewshot.models.backbones.resnet12.BLOCK", 3)  # so that maps of 28 px are large enough
    assert begun(spec("prototypical", backbone="resnet12", options={"resnet12": options})) == steps


@pytest.mark.parametrize("learner", [pytest.param(maml, marks=pytest.mark.slow), anil])
def test_no_learner_waits(begun, learner):
    pytest.importorskip("learn2learn")
    cell = spec("prototypical")
    assert begun(cell, learner(make_learner(Resolved(cell), (1, SIZE, SIZE)).encoder)) == LOOK
