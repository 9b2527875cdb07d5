"""Embeddings in the plane: principal components by covariance, of the images of the classes asked for."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.core.spec.run_spec import Part
from fewshot.inspection.plane import embedded_in_plane, in_plane


def test_the_plane_is_that_of_the_largest_eigenvalues_of_the_covariance():
    rows = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32) * [3, 1, 2, 0.5, 0.1]
    points, share = in_plane(rows)
    values, vectors = np.linalg.eigh(np.cov(rows.T))
    for axis in (0, 1):
        vector = vectors[:, -1 - axis]
        vector = vector * np.sign(vector[np.abs(vector).argmax()])
        assert np.allclose(points[:, axis], (rows - rows.mean(0)) @ vector, atol=1e-5)
        assert share[axis] == pytest.approx(values[-1 - axis] / values.sum())


def test_rows_that_vary_in_one_direction_or_none_have_zeros():
    points, share = in_plane(np.arange(4, dtype=np.float32)[:, None])
    assert np.allclose(np.abs(points), [[1.5, 0], [0.5, 0], [0.5, 0], [1.5, 0]])
    assert share == (1.0, 0.0)
    assert in_plane(np.ones((3, 4), np.float32))[1] == (0.0, 0.0)


def test_images_are_the_first_of_each_class_asked_for(subject):
    found = embedded_in_plane(subject, [5, 2], 3)
    assert [subject.images.label[image] for image in found.images] == [5] * 3 + [2] * 3
    assert found.points.shape == (6, 2)
    assert sum(found.share) <= 1
    later = replace(subject.found.bank, forged=torch.arange(len(subject.images.label)) > found.images[0])
    one = embedded_in_plane(replace(subject, found=replace(subject.found, bank=later)), [5], 3)
    assert one.images == found.images[:1], "a forgery is no image of its class"
    embedded = subject.embed(found.images)
    assert np.allclose(in_plane(embedded)[0], found.points)
    cosine = replace(subject.record, spec=replace(subject.record.spec, similarity=Part("cosine")))
    angles = embedded_in_plane(replace(subject, record=cosine), [5, 2], 3)
    assert np.allclose(in_plane(embedded / np.linalg.norm(embedded, axis=1, keepdims=True))[0], angles.points)
