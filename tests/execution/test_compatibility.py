"""What goes together is checked before anything runs."""

from dataclasses import replace

import pytest
import torch
from runs import PIXELS, TINY
from torch import nn

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe
from fewshot.core.spec.run_spec import Part
from fewshot.execution.compatibility import TRIED_CLASSES, check_fit, try_loss, try_objective
from fewshot.models.losses.arcface import arcface
from fewshot.models.losses.pml import pml
from fewshot.models.similarities.cosine import cosine
from fewshot.models.similarities.euclidean import euclidean
from fewshot.registry import resolved
from fewshot.registry.lookup import make_part
from fewshot.registry.resolved import Resolved


@pytest.fixture
def dot(monkeypatch) -> Part:
    """A similarity with a score alone."""

    class dot(torch.nn.Module):
        def score(self, left, right):
            return left @ right.mT

    load = resolved.load
    monkeypatch.setattr(resolved, "load", lambda kind, name: dot if name == "dot" else load(kind, name))
    return Part("dot")


def test_a_similarity_without_what_the_loss_needs_is_refused(dot):
    for loss, needs in (("verification", "logit"), ("contrastive", "distance"), ("triplet", "distance")):
        with pytest.raises(RequestError, match=f"{loss} needs a similarity with '{needs}', which dot lacks"):
            check_fit(Resolved(replace(TINY, similarity=dot, loss=make_part("losses", loss))))
    check_fit(Resolved(replace(TINY, similarity=dot, loss=make_part("losses", "prototypical"))))


def test_a_learner_gets_a_similarity_if_and_only_if_it_compares_by_one():
    check_fit(Resolved(TINY))
    check_fit(Resolved(PIXELS))
    check_fit(Resolved(replace(PIXELS, learner=make_part("learners", "hausdorff"), similarity=None)))
    with pytest.raises(RequestError, match="learner pixels needs a similarity"):
        check_fit(Resolved(replace(PIXELS, similarity=None)))
    with pytest.raises(RequestError, match="learner hausdorff takes no similarity"):
        check_fit(Resolved(replace(PIXELS, learner=make_part("learners", "hausdorff"))))


def test_what_adapts_to_the_classes_of_a_task_compares_no_pairs_alone():
    adapts = replace(TINY, learner=make_part("learners", "maml"), similarity=None, loss=None)
    check_fit(Resolved(adapts))
    for protocol, what in (("pairs", "named pairs"), ("cedar_writers", "pairs with forgeries")):
        with pytest.raises(
            RequestError, match=f"learner maml adapts to the classes of a task, and {what} are compared"
        ):
            check_fit(Resolved(replace(adapts, protocol=make_part("protocols", protocol))))


def test_labels_are_not_shuffled_under_a_list_of_named_images():
    spec = replace(TINY, protocol=make_part("protocols", "pairs"), shuffled_labels=True)
    with pytest.raises(RequestError, match="shuffled_labels: expected a protocol that draws its pairs"):
        check_fit(Resolved(spec))


def test_a_shot_rule_without_what_it_needs_is_refused(dot):
    spec = replace(TINY, similarity=dot, loss=make_part("losses", "prototypical"))
    check_fit(Resolved(spec))
    with pytest.raises(RequestError, match="shot rule attention needs a similarity with 'logit', which dot lacks"):
        check_fit(Resolved(replace(spec, shot_rule="attention")))


@pytest.mark.parametrize(
    ("name", "similarity", "message"),
    [
        ("CircleLoss", euclidean, "similarity of CircleLoss: expected cosine, as its measure is fixed"),
        ("InstanceLoss", cosine, "loss mine: expected the same value for every order of the classes"),
        ("VICRegLoss", cosine, "loss mine cannot learn by cosine: ValueError: labels"),
        ("DynamicSoftMarginLoss", cosine, "cannot learn by cosine: RuntimeError: Trying to backward .*second time"),
    ],
)
def test_a_loss_of_a_library_is_tried(name, similarity, message):
    with pytest.raises(RequestError, match=message):
        try_loss(pml(7, TRIED_CLASSES, loss=name), "mine", similarity((7,)), 7)


def test_options_by_which_a_loss_is_no_number_are_refused():
    with pytest.raises(RequestError, match="loss mine: expected options that give a finite value, got nan") as refused:
        try_loss(arcface(7, TRIED_CLASSES, scale=1e40), "mine", cosine((7,)), 7)
    assert refused.value.where == ("loss",)


def test_a_learner_with_an_objective_of_its_own_is_tried_with_its_network():
    class twice(nn.Module):
        transductive = False

        def __init__(self, net):
            super().__init__()
            self.net = net

        def scores(self, tasks):
            raise AssertionError("only the objective is tried")

        def objective(self, tasks, loss=None):
            value = self.net(tasks.support.flatten(0, 2)).sum()
            (slope,) = torch.autograd.grad(value, list(self.net.parameters())[:1], create_graph=True)
            return slope.square().sum()

    try_objective(twice(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Sigmoid())), "mine", (1, 8, 8))
    with pytest.raises(
        RequestError, match=r"learner mine cannot learn with this network: .*not implemented"
    ) as refused:
        try_objective(twice(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Hardsigmoid())), "mine", (1, 8, 8))
    assert refused.value.where == ("learner",)


def test_a_loss_that_learns_passes():
    for name in ("FastAPLoss", "SupConLoss", "ProxyNCALoss"):
        try_loss(pml(7, TRIED_CLASSES, loss=name), name, cosine((7,)), 7)


def test_pretrained_weights_bring_their_own_normalisation():
    fresh, given = (make_part("backbones", "torchvision:resnet18", {"weights": one}) for one in ("", "IMAGENET1K_V1"))
    check_fit(Resolved(replace(TINY, backbone=fresh, normalise="imagenet")))
    check_fit(Resolved(replace(TINY, backbone=given)))
    with pytest.raises(RequestError, match=r"weights of torchvision:resnet18 .*: expected no normalise, got imagenet"):
        check_fit(Resolved(replace(TINY, backbone=given, normalise="imagenet")))


def test_forgeries_are_for_losses_of_pairs_of_images():
    forged = replace(TINY, training=Recipe(steps=4, forged=2))
    check_fit(Resolved(forged))
    refused = replace(
        forged, similarity=make_part("similarities", "squared_euclidean"), loss=make_part("losses", "nca")
    )
    with pytest.raises(
        RequestError,
        match="a forgery is of no class: with forged = 2, expected one of pairs: contrastive, triplet, verification",
    ):
        check_fit(Resolved(refused))
    maml = replace(forged, learner=make_part("learners", "maml"), similarity=None, loss=None)
    with pytest.raises(RequestError, match="learner maml tells no loss of forgeries"):
        check_fit(Resolved(maml))
    with pytest.raises(RequestError, match="forged: expected 0 with pairs"):
        Recipe(pairs=10, forged=1)
