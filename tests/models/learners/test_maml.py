"""MAML and ANIL: what adapts, by which statistics, and that evaluation leaves everything as it was."""

from contextlib import suppress

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe
from fewshot.core.spec.names import BATCH_STATISTICS
from fewshot.core.types import EmbeddingLearner, Tasks, VariedLearner
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.anil import anil
from fewshot.models.learners.maml import maml
from fewshot.training.checkpoint import Checkpoint
from fewshot.training.loop import train

pytest.importorskip("gym", reason="needs learn2learn, the dependency group interop", exc_type=ImportError)
TASK, WAY, SHOT, QUERY = 2, 4, 2, 3
SHAPE = (1, 16, 16)
BOTH = pytest.mark.parametrize("make", [maml, anil])


def tasks(way: int = WAY, seed: int = 0) -> Tasks:
    draw = torch.Generator().manual_seed(seed)
    support, query = (torch.rand(TASK, way, images, *SHAPE, generator=draw) for images in (SHOT, QUERY))
    return Tasks(support, query, torch.arange(way).expand(TASK, way))


def network(make, **options) -> nn.Module:
    torch.manual_seed(0)
    return make(conv4(SHAPE, widths=(4, 4, 6)), **{"inner_rate": 0.05, **options})


def by_hand(encoder: nn.Module, support: torch.Tensor, query: torch.Tensor, steps: int, rate: float, start=0.0):
    """Logits after plain gradient steps of all weights, with the statistics of whatever is put in."""
    encoder, support, query = encoder.double().train(), support.double(), query.double()
    dim = encoder(support.flatten(0, 1)).shape[1]
    weights = dict(encoder.named_parameters())
    head = [torch.full((len(support), dim), start).double(), torch.full((len(support),), start).double()]
    target = torch.arange(len(support)).repeat_interleave(support.shape[1])

    def logits(weights, head, images):
        embedded = torch.func.functional_call(encoder, weights, images.flatten(0, 1))
        return embedded @ head[0].mT + head[1]

    for _ in range(steps):
        every = [one.detach().requires_grad_() for one in (*weights.values(), *head)]
        weights, head = dict(zip(weights, every[:-2], strict=True)), every[-2:]
        slope = torch.autograd.grad(len(support) * cross_entropy(logits(weights, head, support), target), every)
        moved = [one - rate * down for one, down in zip(every, slope, strict=True)]
        weights, head = dict(zip(weights, moved[:-2], strict=True)), moved[-2:]
    return logits(weights, head, query).log_softmax(-1).float()


@torch.inference_mode()
def test_maml_by_hand():
    learner, given = network(maml, inner_steps=3, inner_rate=0.1), tasks()
    found = learner.variants()[BATCH_STATISTICS].scores(given)
    with torch.inference_mode(False):
        plain, support, query = network(maml).encoder, given.support[1].clone(), given.query[1].clone()
        expected = by_hand(plain, support, query, 3, 0.1)
        assert not torch.allclose(expected, by_hand(plain, support, query, 1, 0.1), atol=1e-3)
        # One vector and one bias that all classes start from have no say, whatever they are.
        torch.testing.assert_close(by_hand(plain, support, query, 3, 0.1, start=0.7), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found[1].flatten(0, 1), expected.detach(), atol=1e-4, rtol=1e-4)


def test_the_first_step_moves_the_head_alone():
    """So with one step MAML is ANIL; with two it is not."""
    for steps, alike in ((1, True), (2, False)):
        options = {"inner_steps": steps, "inner_rate": 0.1}
        variants = [network(make, **options).eval().variants()[BATCH_STATISTICS] for make in (maml, anil)]
        one, other = (variant.scores(tasks()) for variant in variants)
        assert torch.allclose(one, other, atol=1e-5) == alike


@BOTH
def test_an_objective_trains_the_encoder_through_the_inner_steps(make):
    found = {}
    for first_order in (False, True):
        learner = network(make, inner_rate=0.1, first_order=first_order).train()
        value = learner.objective(tasks())
        value.backward()
        assert (value.dtype, value.ndim) == (torch.float32, 0)
        found[first_order] = torch.cat([weight.grad.flatten() for weight in learner.parameters()])
    assert all(bool(grad.any()) for grad in found.values())
    assert not torch.allclose(found[True], found[False], atol=1e-6)


@BOTH
def test_any_number_of_classes_in_any_order(make):
    learner = network(make).eval()
    for way in (3, 7):
        given, order = tasks(way), torch.randperm(way, generator=torch.Generator().manual_seed(0))
        turned = Tasks(given.support[:, order], given.query[:, order], given.classes)
        expected = learner.scores(given)[:, order][..., order]
        torch.testing.assert_close(learner.scores(turned), expected, atol=1e-5, rtol=1e-5)


# Statistics


def statistics(learner: nn.Module) -> list[torch.Tensor]:
    return [value.clone() for name, value in learner.state_dict().items() if "running" in name]


def test_running_statistics_of_maml_are_those_of_adapted_networks_at_their_queries():
    learner, given = network(maml, inner_rate=0.1).train(), tasks()
    seen = []
    learner.encoder.blocks[1].register_forward_pre_hook(lambda norm, images: seen.append(images[0].detach()))
    before = statistics(learner)
    learner.objective(given)
    assert len(seen) == TASK * (5 + 1)  # five steps and a prediction, task by task
    mean = torch.zeros(4)
    for number in range(TASK):
        mean = 0.9 * mean + 0.1 * seen[6 * number + 5].mean((0, 2, 3))
    torch.testing.assert_close(learner.encoder.blocks[1].running_mean, mean)
    assert learner.encoder.blocks[1].num_batches_tracked == TASK
    assert not any(torch.equal(one, other) for one, other in zip(before, statistics(learner), strict=True))


@BOTH
def test_the_statistics_of_the_training_decide_in_evaluation_but_not_in_the_variant(make):
    learner = network(make).eval()
    inductive, variant = learner.scores(tasks()), learner.variants()[BATCH_STATISTICS].scores(tasks())
    learner.encoder.blocks[1].running_mean += 0.1
    assert not torch.allclose(learner.scores(tasks()), inductive, atol=1e-4)
    assert torch.equal(learner.variants()[BATCH_STATISTICS].scores(tasks()), variant)


@BOTH
def test_a_query_has_a_say_in_the_scores_of_another_in_the_variant_alone(make):
    learner, given = network(make).eval(), tasks()
    other = Tasks(given.support, torch.cat([given.query[:, :, :1], 1 - given.query[:, :, 1:]], 2), given.classes)
    variant = learner.variants()[BATCH_STATISTICS]
    assert (learner.transductive, variant.transductive) == (False, True)
    for one, alike in ((learner, True), (variant, False)):
        both = [one.scores(each)[:, :, 0] for each in (given, other)]
        assert torch.allclose(*both, atol=1e-5) == alike


@BOTH
@pytest.mark.parametrize("training", [True, False])
def test_scoring_changes_nothing_and_works_where_gradients_are_off(make, training):
    learner = network(make).train(training)
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    with torch.inference_mode():
        given = tasks()
        for one in (learner, learner.variants()[BATCH_STATISTICS]):
            found = one.scores(given)
            torch.testing.assert_close(found.exp().sum(-1), torch.ones(TASK, WAY, QUERY))
    assert all(torch.equal(value, before[name]) for name, value in learner.state_dict().items())
    assert all(weight.grad is None for weight in learner.parameters())
    assert all(module.training == training for module in learner.modules())
    assert isinstance(learner, VariedLearner)
    assert isinstance(learner, EmbeddingLearner) == (make is anil)


@BOTH
def test_steps_or_rates_of_zero_are_refused(make):
    with pytest.raises(RequestError, match="inner_steps: expected a number of at least 1, got 0"):
        network(make, inner_steps=0)
    with pytest.raises(RequestError, match="inner_rate: expected a number"):
        network(make, inner_rate=0.0)


# Training


@BOTH
def test_a_run_that_was_stopped_goes_on_to_the_same_weights(make, tmp_path):
    recipe = Recipe(steps=4, val_every=2, select="last", warmup=0)
    found, checkpoint = {}, tmp_path / "state.pt"

    def stop(step, trained):
        if step == 2:
            raise KeyboardInterrupt

    for name, at, progress in (("whole", None, None), ("stopped", checkpoint, stop), ("resumed", checkpoint, None)):
        learner = network(make).to(memory_format=torch.channels_last)
        given = {"progress": progress} if progress else {}
        with suppress(KeyboardInterrupt):
            train(learner, None, lambda step: tasks(seed=step), None, recipe, checkpoint=Checkpoint(at), **given)
        found[name] = learner.state_dict()
    assert all(torch.equal(found["whole"][name], value) for name, value in found["resumed"].items())
    assert not all(torch.equal(found["whole"][name], value) for name, value in found["stopped"].items())
