"""The parts that go with a cell's learner, and their options."""

import pytest
from suite_tables import GRID, TABLE, methods, specs

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import add_plugin
from fewshot.suites.cells.build import cells
from fewshot.suites.suite import read_suite


def test_a_learner_with_its_own_objective_takes_no_loss(tmp_path):
    file = tmp_path / "alone.py"
    file.write_text(
        '"""Alone."""\nfrom fewshot import learner\n\n\n'
        "@learner(trained=True, own_objective=True)\nclass alone:\n    pass\n"
    )
    add_plugin(file)
    cell = {"learner": "alone", "backbone": "conv4"}
    assert specs(TABLE | {"cells": [cell]}, "val")[0].loss is None
    with pytest.raises(RequestError, match="brings its own objective: expected no loss, got triplet"):
        specs(TABLE | {"cells": [cell | {"loss": "triplet"}]}, "val")


def test_a_trained_cell_keeps_its_shot_rule_and_the_suites_shuffled_labels():
    cell = {"backbone": "conv4", "loss": "triplet", "shot_rule": "mean_embedding"}
    (spec,) = specs(TABLE | {"cells": [cell], "shuffled_labels": True}, "val")
    assert (spec.shot_rule, spec.shuffled_labels) == ("mean_embedding", True)


def test_learners_take_what_they_are_trained_with_and_no_more():
    table = GRID | {"learners": ["pixels", "siamese", "hausdorff"], "seeds": [0, 1]}
    assert [(name, loss) for name, loss, _ in methods(table)] == [
        ("pixels", None),
        *[("siamese", loss) for loss in ("triplet", "contrastive") for _ in range(2)],
        ("hausdorff", None),
    ]


@pytest.mark.parametrize(
    ("more", "where", "message"),
    [
        ({"options": {"triplett": {}}}, ("options", "triplett"), "did you mean triplet"),
        ({"options": {"hausdorff": {"x": 1}}}, ("options", "hausdorff", "x"), "unknown option of hausdorff"),
    ],
)
def test_options_of_no_part_are_refused(more, where, message):
    with pytest.raises(RequestError, match=message) as refused:
        cells(GRID | more, "test")
    assert refused.value.where == where


def test_the_learner_of_single_cells_is_no_cell_of_its_own():
    assert methods(TABLE | {"learner": "pixels", "cells": [{"similarity": "cosine"}]}) == [("pixels", None, "cosine")]


def test_a_learner_that_compares_nothing_has_no_shot_rule():
    cell = {"learner": "maml", "backbone": "conv4", "shot_rule": "attention"}
    for one, known in ((cell, "maml"), ({"learner": "hausdorff", "shot_rule": "attention"}, "hausdorff")):
        with pytest.raises(
            RequestError, match=f"learner {known} compares by no similarity: expected no shot_rule"
        ) as no:
            specs(TABLE | {"cells": [one]}, "val")
        assert no.value.where == ("cells", 0, "shot_rule")
    assert (
        specs(TABLE | {"cells": [{"learner": "pixels", "shot_rule": "attention"}]}, "val")[0].shot_rule == "attention"
    )


PEOPLE = {"dataset": "folder:people", "protocol": "held_out", "size": 28}


PHOTOS = PEOPLE | {"backbones": ["conv4"], "losses": ["triplet"]}


def test_an_open_protocol_has_its_options_and_needs_no_data():
    table = PHOTOS | {"options": {"held_out": {"way": 3}, "folder:people": {"channels": 1}}}
    (spec,) = specs(table, "test")
    assert (spec.protocol.name, spec.protocol.options["way"]) == ("held_out", 3)
    assert (spec.dataset.name, spec.dataset.options["channels"]) == ("folder:people", 1)
    assert specs(TABLE | {"backbones": ["conv4"], "losses": ["triplet"]}, "test")[0].protocol.options == {}
    cell = {"backbone": "conv4", "loss": "triplet", "options": {"held_out": {"way": 4}}}
    assert [one.protocol.options["way"] for one in specs(table | {"cells": [cell]}, "test")] == [3, 4]


@pytest.mark.parametrize(
    ("options", "where", "message"),
    [
        ({"held_out": {"way": "5"}}, ("options", "held_out", "way"), "option way of held_out: expected int"),
        ({"held_out": {"episodes": 1}}, ("options", "held_out", "episodes"), "a number from 2 to 1000000, got 1"),
        ({"held_out": {"shots": [1, 1]}}, ("protocol",), "expected each kind of task once in a stage, got "),
    ],
)
def test_a_wrong_option_of_a_protocol_is_refused_where_it_stands(options, where, message):
    with pytest.raises(RequestError, match=message) as refused:
        specs(PHOTOS | {"options": options}, "test")
    assert refused.value.where == where


def test_trained_cells_alone_have_the_suites_normalisation():
    table = PHOTOS | {"normalise": "own", "cells": [{"learner": "pixels"}]}
    assert [spec.normalise for spec in specs(table, "test")] == ["own", "none"]
    cell = {"backbone": "conv4", "loss": "triplet", "normalise": "imagenet"}
    assert [spec.normalise for spec in specs(table | {"cells": [cell]}, "test")] == ["own", "imagenet"]
    with pytest.raises(RequestError, match="learner pixels is not trained: expected no normalise, got own") as refused:
        specs(PHOTOS | {"cells": [{"learner": "pixels", "normalise": "own"}]}, "test")
    assert refused.value.where == ("cells", 0, "normalise")


def test_each_loss_brings_its_own_similarity_and_shot_rule():
    rows = {
        spec.loss.name: (spec.similarity.name, spec.shot_rule) for spec in read_suite("quickstart").specs if spec.loss
    }
    assert rows == {
        "verification": ("weighted_l1", "mean_score"),
        "contrastive": ("euclidean", "mean_score"),
        "triplet": ("euclidean", "mean_score"),
        "prototypical": ("squared_euclidean", "mean_embedding"),
    }


def test_parts_of_one_name_and_several_kinds_have_their_own_options():
    table = {"dataset": "omniglot", "protocol": "koch", "size": 105, "options": {"koch": {"norm": "batch"}}}
    (spec,) = specs(table | {"cells": [{"backbone": "koch", "loss": "verification"}]}, "val")
    assert (spec.protocol.options, spec.backbone.options["norm"]) == ({}, "batch")
    with pytest.raises(RequestError, match="unknown option of koch 'layer'"):
        specs(table | {"options": {"koch": {"layer": 1}}, "cells": [{"learner": "pixels"}]}, "val")
