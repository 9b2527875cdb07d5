"""The cells that a suite's table names, and the keys that give their values."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.suites.cells.grid import drafts, keys_of

GRID = {"backbones": ["conv4"], "losses": ["triplet", "contrastive"]}


def named(table):
    return [(cell.get("learner"), cell.get("loss"), cell.get("similarity")) for _, cell in drafts(table)]


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
    table["exclude"] = [{"similarity": "cosine"}, {"loss": "contrastive"}]
    assert [cell[1:] for cell in named(table)] == [("triplet", "euclidean")]


def test_an_exclusion_leaves_single_cells_and_other_learners():
    cell = {"backbone": "conv4", "loss": "triplet"}
    table = GRID | {"learners": ["pixels", "siamese"], "exclude": [{"loss": "triplet"}], "cells": [cell]}
    assert [row[:2] for row in named(table)] == [
        ("pixels", None), ("siamese", "contrastive"), (None, "triplet"),
    ]  # fmt: skip
    assert [row[0] for row in named(table | {"exclude": [{"learner": "siamese"}], "cells": []})] == ["pixels"]


@pytest.mark.parametrize(
    ("exclusion", "where", "message"),
    [
        ({"loss": "triplett"}, ("exclude", 1, "loss"), "unknown loss of the grid 'triplett': did you mean triplet"),
        ({"loss": "prototypical"}, ("exclude", 1, "loss"), "expected one of contrastive, triplet"),
        ({"similarity": "cosine"}, ("exclude", 1, "similarity"), "the grid names no similarities"),
        ({"loss": "triplet", "learner": "pixels"}, ("exclude", 1), "no cell of the grid fits the exclusion"),
    ],
)
def test_an_exclusion_that_fits_no_cell_is_refused(exclusion, where, message):
    table = GRID | {"learners": ["pixels", "siamese"], "exclude": [{"loss": "contrastive"}, exclusion]}
    with pytest.raises(RequestError, match=message) as refused:
        drafts(table)
    assert refused.value.where == where


def test_a_cell_comes_with_the_keys_of_its_table():
    single = {"learner": "pixels", "size": 9}
    *grid, last = drafts(GRID | {"cells": [single]})
    assert {own for own, _ in grid} == {()}
    assert last == (("cells", 0), single)


def test_the_place_of_a_value_is_in_the_cell_or_in_the_grid_or_for_all():
    single = {"learner": "pixels", "size": 9}
    table = GRID | {"size": 28, "dataset": "omniglot", "cells": [single]}
    _, second, last = drafts(table)
    assert [keys_of(table, *second, (key,)) for key in ("loss", "backbone")] == [("losses", 1), ("backbones", 0)]
    assert [keys_of(table, *last, (key,)) for key in ("size", "loss")] == [("cells", 0, "size"), ("cells", 0, "loss")]
    assert keys_of(table, *second, ("dataset",)) == keys_of(table, *last, ("dataset",)) == ("dataset",)
    assert (keys_of(table, *second, ()), keys_of(table, *last, ())) == ((), ("cells", 0))


def test_protocols_are_outside_of_all_but_the_learners():
    table = GRID | {"protocols": ["lake", "vinyals"], "learners": ["siamese", "pixels"]}
    found = [(cell["learner"], cell.get("loss"), cell["protocol"]) for _, cell in drafts(table)]
    assert found == [
        *[("siamese", loss, name) for name in table["protocols"] for loss in GRID["losses"]],
        ("pixels", None, "lake"), ("pixels", None, "vinyals"),
    ]  # fmt: skip
    assert keys_of(table, *drafts(table)[-1], ("protocol",)) == ("protocols", 1)


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
    assert [(cell["protocol"], cell["loss"]) for _, cell in drafts(table)] == [
        ("lake", "contrastive"), ("vinyals", "triplet"), ("vinyals", "contrastive"),
    ]  # fmt: skip
    for exclusion, message in (
        ({"protocol": "koch"}, "of the grid 'koch'.*lake, vinyals"),
        ({"protocol": "lak"}, "lake"),
    ):
        with pytest.raises(RequestError, match=message) as refused:
            drafts(table | {"exclude": [exclusion]})
        assert refused.value.where == ("exclude", 0, "protocol")
    with pytest.raises(RequestError, match="the grid names no protocols"):
        drafts(GRID | {"protocol": "lake", "exclude": [{"protocol": "lake"}]})


@pytest.mark.parametrize(
    ("more", "where", "message"),
    [
        ({"learner": "pixels"}, ("learner",), "is not trained"),
        ({"losses": []}, ("losses",), "learner siamese needs losses"),
        ({"exclude": [{"loss": "triplet"}, {"loss": "contrastive"}]}, ("exclude",), "no cell is left"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_place(more, where, message):
    with pytest.raises(RequestError, match=message) as refused:
        drafts(GRID | more)
    assert refused.value.where == where
