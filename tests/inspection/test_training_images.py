"""Images as a training sees them, and the filters of a network."""

from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.inspection.figures.filters import first_filters
from fewshot.inspection.training_images import training_images


def test_versions_are_of_classes_learned_from_and_each_is_another(subject):
    found = training_images(subject.record.spec, (), 3, 4)
    assert found.versions.shape == (3, 4, 1, 28, 28)
    assert set(found.classes) < set(subject.network.classes)
    assert len({version.tobytes() for version in found.versions.reshape(12, -1)}) == 12
    near = np.abs(found.versions.mean((2, 3, 4)) - found.originals.mean((1, 2, 3))[:, None] / 255)
    assert near.max() < 0.06  # the same ink, moved


def test_a_training_that_distorts_nothing_has_none(subject):
    spec = subject.record.spec
    plain = replace(spec, training=replace(spec.training, affine=0.0))
    with pytest.raises(RequestError, match="needs a training that distorts"):
        training_images(plain, ())


def test_filters_are_the_first_convolutions(subject):
    assert np.array_equal(first_filters(subject.learner), subject.network.tensors["encoder.blocks.0.weight"])
