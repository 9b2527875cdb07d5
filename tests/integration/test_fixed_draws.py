"""What protocols draw, number by number: other numbers here would be other tasks and pairs in every table."""

from dataclasses import replace

import pytest
import torch

from fewshot.core.recipe import TaskShape
from fewshot.evaluation.references import _references
from fewshot.protocols import Episodes, Protocol, load_protocol
from fewshot.registry.lookup import entries
from fewshot.tasks.fixed import evaluation_tasks, verification_pairs
from fewshot.tasks.galleries import gallery_of

KIND = (Episodes(TaskShape(3, 1, 1), 2),)


@pytest.fixture(scope="module")
def bank(glyph_bank):
    """Four classes of five genuine images and three forgeries."""
    bank = glyph_bank(4, images=8, groups=1)
    return replace(bank, forged=torch.arange(len(bank)) % 8 >= 5)


def posed(bank, **options) -> Protocol:
    classes = {"train": (), "val": bank.classes, "test": bank.classes}
    return Protocol("posed", "made-up", classes, KIND, KIND, **{"pairs": 3, "seed": 7, **options})


def test_seeds_and_numbers_of_pairs():
    found = {name: load_protocol(name) for name in entries("protocols")}
    assert {name: (one.seed, one.pairs) for name, one in found.items()} == {
        "cedar_writers": (2004, 0),
        "held_out": (2015, 2000),
        "koch": (2015, 5000),
        "lake": (2015, 2000),
        "lake_small1": (2015, 2000),
        "lake_small2": (2015, 2000),
        "mnist_transfer": (2015, 2000),
        "pairs": (2008, 2000),
        "ravi": (2017, 2000),
        "scripts": (2015, 2000),
        "sigcomp_writers": (2004, 0),
        "vinyals": (2016, 1000),
    }


def test_tasks(bank):
    drawn = evaluation_tasks(bank, KIND[0], posed(bank))
    assert drawn.classes.tolist() == [[3, 2, 1], [0, 2, 1]]
    assert drawn.support.tolist() == [[[25], [20], [8]], [[0], [16], [10]]]
    assert drawn.query.tolist() == [[[28], [19], [12]], [[3], [18], [11]]]


def test_pairs(bank):
    found = verification_pairs(bank, posed(bank), "val")
    assert found.same.tolist() == [[19, 16], [19, 20], [1, 4]]
    assert found.different.tolist() == [[10, 0], [25, 9], [28, 18]]


def test_pairs_of_signatures(bank):
    found = verification_pairs(bank, posed(bank, pairs=0, forgeries=True), "test").different.unflatten(0, (2, 4, 10))
    assert found[:, 3, :4].tolist() == [
        [[24, 29], [24, 30], [24, 31], [25, 29]],
        [[24, 4], [25, 17], [26, 16], [26, 17]],
    ]


@pytest.mark.parametrize(
    ("other_authors", "references", "probes"),
    [
        (False, [[1, 2], [8, 12], [18, 17], [24, 28]], [4, 0, 10, 9, 19, 16, 25, 26]),
        (True, [[3, 4], [11, 12], [19, 20], [27, 28]], [2, 0, 10, 8, 18, 16, 26, 24]),
    ],
)
def test_galleries(bank, other_authors, references, probes):
    val = (replace(KIND[0], other_authors=other_authors),)
    found = gallery_of(bank, replace(posed(bank), val=val, gallery=(2,), probes=2), 2)
    assert found.references.tolist() == references
    assert found.probes.tolist() == probes


def test_references_of_signatures(bank):
    found, _ = _references(bank, posed(bank, pairs=0, forgeries=True, references=(2,)), 3, 2)
    assert found.tolist() == [
        [27, 26],
        [27, 25],
        [27, 28],
        [24, 27],
        [28, 24],
        [24, 28],
        [28, 27],
        [26, 24],
        [27, 28],
        [25, 27],
    ]
