"""Which cells a suite's table asks for, and where it says so."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.suites.grid import Asked, asked_cells

GRID = {"backbones": ["conv4"], "losses": ["triplet", "contrastive"]}


def named(table):
    return [
        (asked.cell.get("learner"), asked.cell.get("loss"), asked.cell.get("similarity"))
        for asked in asked_cells(table)
    ]


def test_a_grid_is_every_combination_with_the_losses_outside_the_similarities():
    assert named(GRID | {"similarities": ["cosine", "euclidean"]}) == [
        ("siamese", loss, similarity) for loss in GRID["losses"] for similarity in ("cosine", "euclidean")
    ]


def test_a_training_free_learner_of_the_grid_stands_alone():
    assert named(GRID | {"learners": ["siamese", "pixels"]}) == [
        ("siamese", "triplet", None), ("siamese", "contrastive", None), ("pixels", None, None),
    ]  # fmt: skip


def test_an_exclusion_needs_all_of_its_keys():
    table = GRID | {"similarities": ["cosine", "euclidean"], "exclude": [{"loss": "triplet", "similarity": "cosine"}]}
    assert [cell[1:] for cell in named(table)] == [
        ("triplet", "euclidean"), ("contrastive", "cosine"), ("contrastive", "euclidean"),
    ]  # fmt: skip


def test_every_key_of_a_grid_and_of_a_cell_knows_its_place():
    _, second, single = asked_cells(GRID | {"cells": [{"learner": "pixels", "size": 9}]})
    assert (second.place("loss"), second.place("backbone")) == (("losses", 1), ("backbones", 0))
    assert (single.place("size"), single.place("loss")) == (("cells", 0, "size"), ("cells", 0))
    assert Asked({}).place("dataset") == ("dataset",)


def test_protocols_are_outside_of_all_but_the_learners():
    table = GRID | {"protocols": ["lake", "vinyals"], "learners": ["siamese", "pixels"]}
    found = [(*cell[:2], asked.cell["protocol"]) for cell, asked in zip(named(table), asked_cells(table), strict=True)]
    assert found == [
        *[("siamese", loss, name) for name in table["protocols"] for loss in GRID["losses"]],
        ("pixels", None, "lake"), ("pixels", None, "vinyals"),
    ]  # fmt: skip
    assert asked_cells(table)[-1].place("protocol") == ("protocols", 1)


def test_a_training_free_learner_beside_several_protocols_takes_no_similarity_of_the_grid():
    table = GRID | {
        "protocols": ["lake"],
        "learners": ["siamese", "hausdorff"],
        "similarities": ["cosine", "euclidean"],
    }
    assert named(table)[-1] == ("hausdorff", None, None)
    assert len(named(table)) == 5


def test_an_exclusion_may_name_a_protocol():
    table = GRID | {"protocols": ["lake", "vinyals"], "exclude": [{"protocol": "lake", "loss": "triplet"}]}
    assert [(asked.cell["protocol"], asked.cell["loss"]) for asked in asked_cells(table)] == [
        ("lake", "contrastive"), ("vinyals", "triplet"), ("vinyals", "contrastive"),
    ]  # fmt: skip
    for exclusion, message in (
        ({"protocol": "koch"}, "of the grid 'koch'.*lake, vinyals"),
        ({"protocol": "lak"}, "lake"),
    ):
        with pytest.raises(RequestError, match=message) as refused:
            asked_cells(table | {"exclude": [exclusion]})
        assert refused.value.where == ("exclude", 0, "protocol")
    with pytest.raises(RequestError, match="the grid names no protocols"):
        asked_cells(GRID | {"protocol": "lake", "exclude": [{"protocol": "lake"}]})


@pytest.mark.parametrize(
    ("more", "where", "message"),
    [
        ({"options": {"triplett": {}}}, ("options", "triplett"), "did you mean triplet"),
        ({"options": {"hausdorff": {"x": 1}}}, ("options", "hausdorff", "x"), "unknown option of hausdorff"),
        ({"learner": "pixels"}, ("learner",), "is not trained"),
        ({"losses": []}, ("losses",), "learner siamese needs losses"),
        ({"exclude": [{"loss": "triplet"}, {"loss": "contrastive"}]}, ("exclude",), "no cell is left"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_place(more, where, message):
    with pytest.raises(RequestError, match=message) as refused:
        asked_cells(GRID | more)
    assert refused.value.where == where
