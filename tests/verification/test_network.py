"""The learner that is made of a network, and the specs that are refused."""

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
