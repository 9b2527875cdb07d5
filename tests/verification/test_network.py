"""The learner that is made of a network, and the specs that are refused."""

import math
from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.verification.network import is_kept, learner_of


def test_weights_of_another_shape_are_refused_before_they_are_made(small_network):
    spec = small_network.spec
    wide = replace(spec.backbone, options=spec.backbone.options | {"widths": [8, 8, 8, 2**16]})
    with pytest.raises(RequestError, match=r"weights.*: expected .*65536.*, got"):
        learner_of(replace(small_network, spec=replace(spec, backbone=wide)))


def test_a_lacking_or_a_foreign_weight_is_named(small_network):
    name, *others = small_network.tensors
    fewer = {key: small_network.tensors[key] for key in others}
    with pytest.raises(RequestError, match=rf"weights {name}: expected \[.*, got none"):
        learner_of(replace(small_network, tensors=fewer))
    more = {**small_network.tensors, "mine": small_network.tensors[name]}
    with pytest.raises(RequestError, match=r"weights mine: expected none .*, got \["):
        learner_of(replace(small_network, tensors=more))


def test_networks_of_tests_alone_are_kept(small_network):
    spec = small_network.spec
    assert not is_kept(replace(spec, stage="val"))
    assert is_kept(replace(spec, stage="test"))
    assert not is_kept(replace(spec, stage="test", training=None))


def test_the_smallest_probability_is_not_rounded_to_0(small_network):
    network = replace(small_network, calibration=(1.0, 0.0))
    for prior, score in ((1e-20, 5.0), (0.2, -60.0), (0.2, 3.0), (0.999, 800.0)):
        odds = math.log(prior / (1 - prior)) + score
        expected = math.exp(odds) / (1 + math.exp(odds)) if odds < 700 else 1
        assert network.evidence(score, prior) == (score, pytest.approx(expected, rel=1e-12, abs=0))
    assert network.evidence(-2000.0, 0.5)[1] == 0
