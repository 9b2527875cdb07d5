"""Losses and backbones handed to `fewshot.train` as objects."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from jaxtyping import config
from torch import nn

import fewshot
from fewshot.core.errors import RequestError
from fewshot.execution import objects
from fewshot.registry.lookup import entries, make_part

FAST = {"steps": 2, "val_every": 2, "size": 12, "device": "cpu", "progress": False}


@pytest.fixture(autouse=True)
def _as_installed(monkeypatch):
    """Without the tests' own checks of shapes."""
    monkeypatch.setattr(config, "jaxtyping_disable", True)


def triplet(support, query, similarity, *, margin: float = 1.0):
    """A loss with the name of one of the package's."""
    distance, same = fewshot.compare(support, query, similarity.distance)
    return distance[same].mean() + (margin - distance).relu()[~same].mean()


class Weighted(nn.Module):
    """A loss with a weight for each of the protocol's classes."""

    def __init__(self, dim, classes):
        super().__init__()
        self.layer = nn.Linear(dim, classes)
        self.register_buffer("weight", torch.ones(731))

    def forward(self, support, query, similarity, classes):
        images, label = fewshot.labelled(support, query, classes)
        return nn.functional.cross_entropy(self.layer(images), label, weight=self.weight)


class Net(nn.Module):
    """A backbone as in a plug-in's file, without its decorator."""

    def __init__(self, shape, *, dim: int = 4):
        super().__init__()
        self.shape, self.layer = (dim,), nn.Linear(shape[0] * shape[1] * shape[2], dim)

    def forward(self, images):
        return self.layer(images.flatten(1))


def network(channels=1):
    return nn.Sequential(nn.Conv2d(channels, 4, 3, stride=4), nn.ReLU(), nn.Flatten())


def pulled(margin):
    """A loss that keeps its margin outside its code."""

    def pull(support, query, similarity):
        return triplet(support, query, similarity, margin=margin)

    return pull


@pytest.mark.filterwarnings("ignore:its first loss")  # of weights drawn at random
def test_functions_of_one_code_differ_in_id_and_wait_for_each_other():
    with ThreadPoolExecutor(2) as pool:
        few, many = pool.map(
            lambda margin: fewshot.train(pulled(margin), **(FAST | {"backbone": network()}))[0], (0.1, 50.0)
        )
    assert few.curve[-1][1] < 20 < many.curve[-1][1]
    assert few.id != many.id
    assert os._exit.__module__ == "posix"


def test_a_function_and_a_module_are_parts_that_no_record_takes_for_the_packages():
    module = network()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    options = {"triplet": {"margin": 4.0}}
    record, learner = fewshot.train(triplet, backbone=module, similarity="cosine", options=options, **FAST)
    loss, backbone = record.spec.loss, record.spec.backbone
    assert (loss.name, loss.options, backbone.name) == ("triplet (object)", {"margin": 4.0}, "Sequential (object)")
    assert len(loss.sha256) == len(backbone.sha256) == 64
    assert record.spec.similarity.name == "cosine"
    assert learner.encoder.shape == (36,)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert not hasattr(triplet, "marks")
    assert "triplet (object)" not in entries("losses")
    assert fewshot.evaluate(learner, "scripts", stage="val", size=12).accuracy == record.accuracy
    again = fewshot.train(triplet, backbone=learner.encoder, **FAST)[1]
    assert again.learned_from == learner.learned_from
    again.encoder.learned_from = fewshot.load_protocol("scripts").classes["val"]
    with pytest.raises(RequestError, match=r"^this backbone cannot be evaluated on scripts: it was trained on"):
        fewshot.train(triplet, backbone=again.encoder, **FAST)


def test_classes_are_parts_and_a_loss_is_tried_with_the_protocols_number_of_classes():
    record, _ = fewshot.train(Weighted, backbone=Net, options={"Net": {"dim": 6}}, **FAST)
    assert (record.spec.loss.name, record.spec.backbone.options) == ("Weighted (object)", {"dim": 6})


class Averages(nn.Module):
    """A loss by distances, with a helper called like another measure."""

    def forward(self, support, query, similarity):
        return similarity.distance(self.logit(query), self.logit(support)).mean()

    def logit(self, images):
        return images.mean(2)


def test_a_loss_needs_the_measure_that_it_calls_of_the_similarity_and_no_other_of_its_names():
    module = Averages()
    for part in (Averages, objects._part("losses", "Averages", module)[0]):
        assert objects._needs(part) == "distance"
    assert objects._needs(lambda support, query, similarity: similarity.logit(query, support).sum()) == "logit"
    assert objects._needs(lambda support, query, similarity: torch.logit(similarity.score(query, support))) == "score"


def test_an_object_of_a_marked_class_has_its_marks():
    marked = fewshot.loss(similarity="cosine", shot_rule="mean_embedding")(type("Marked", (Averages,), {}))
    for part in (marked, marked()):
        with objects.named_parts(part, "conv4", "") as (loss, *_):
            marks = entries("losses")[loss].marks
            assert (marks.similarity, marks.shot_rule) == ("cosine", "mean_embedding")


def test_the_packages_own_part_is_recorded_by_its_name():
    from fewshot.models.losses.triplet import triplet

    assert fewshot.train(triplet, backbone=Net, **FAST)[0].spec.loss == make_part("losses", "triplet")


@pytest.mark.parametrize(
    ("loss", "backbone", "message"),
    [
        (5, "conv4", r"^loss: expected a name, a function \(support, query, similarity\) or an nn.Module class, got 5"),
        ("triplet", None, "^backbone: expected a name, a module from images to vectors, .*, got None"),
        (lambda one: one, "conv4", r"^loss <lambda> \(object\): expected \(support, query, similarity, .*got \(one\)"),
        (lambda support, query, similarity: 3, "conv4", r"^loss <lambda> \(object\): expected one number.*got int"),
        (Weighted(36, 731), "conv4", r"nn.Module class \(dim, classes\), got an object of Weighted"),
        (
            fewshot.backbone(type("Own", (Net,), {})),
            Net,
            "^loss: .*, got Own, which is marked as another",
        ),
        ("triplet", nn.Flatten(), "^backbone Flatten: expected weights to train, got none"),
        ("triplet", nn.Linear(12, 3), r"^backbone Linear: expected embeddings \[2 dim\] of images \[2, 1, 12, 12\]"),
        (
            "triplet",
            network(3),
            "takes images of 3 channels, and these have 1: give it images.expand",
        ),
    ],
)
def test_an_object_that_is_no_part_is_refused(loss, backbone, message):
    with pytest.raises(RequestError, match=message):
        fewshot.train(loss, backbone=backbone, **FAST)
    assert not [name for kind in ("losses", "backbones") for name in entries(kind) if "object" in name]
