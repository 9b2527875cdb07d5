"""A network of two steps on letters of typefaces, with its record and its images."""

import pytest

import fewshot
from fewshot.inspection.subject import Subject
from fewshot.tasks.measured_images import measured_images
from fewshot.verification.network import network_of


@pytest.fixture(scope="package")
def subject() -> Subject:
    record, learner = fewshot.train("triplet", steps=2, val_every=2, affine=0.5, progress=False)
    return Subject(record, measured_images(record, ()), network_of(record, learner))
