"""Omniglot and MNIST as one data set: a split is of either, with its own pixels."""

import pytest
from mnist_files import write

from fewshot.core.errors import RequestError
from fewshot.data.datasets.mnist import CLASSES, mnist
from fewshot.data.datasets.omniglot_and_mnist import omniglot_and_mnist


def test_a_split_has_the_images_of_its_own_data_set(world, monkeypatch):
    write(world.folder / "mnist", monkeypatch)
    characters = ("Ah/character01", "Be/character01")
    assert omniglot_and_mnist(characters, 28, [world.folder]).digest == world.load(characters, 28).digest
    for strokes in ("own", "omniglot"):
        both = (one(CLASSES[:3], 28, [world.folder], strokes=strokes) for one in (omniglot_and_mnist, mnist))
        assert len({bank.digest for bank in both}) == 1
    with pytest.raises(RequestError, match="expected a split of one, got MNIST/4 beside Ah/character01"):
        omniglot_and_mnist(("Ah/character01", "MNIST/4"), 28, [world.folder])


def test_both_are_located(world, monkeypatch):
    write(world.folder / "mnist", monkeypatch)
    text = omniglot_and_mnist.locate([world.folder])
    assert "images_background.zip" in text
    assert "t10k-labels-idx1-ubyte.gz" in text
