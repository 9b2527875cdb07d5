import pytest

from fewshot.cells import cells, one_cell
from fewshot.errors import RequestError
from fewshot.registry import add_plugin

TABLE = {"dataset": "typefaces", "protocol": "scripts", "size": 28}


def specs(table: dict, stage: str) -> list:
    """The specs of a table without a search."""
    return [spec for cell in cells(table, stage) for spec in cell.finals]


def test_the_grid_comes_first_and_then_the_single_cells():
    table = TABLE | {
        "backbones": ["conv4"],
        "losses": ["triplet", "contrastive"],
        "similarities": ["cosine", "euclidean"],
    }
    found = specs(table | {"cells": [{"learner": "pixels", "similarity": "cosine"}]}, "test")
    named = [(spec.loss and spec.loss.name, spec.similarity.name) for spec in found]
    assert named == [(loss, near) for loss in table["losses"] for near in table["similarities"]] + [(None, "cosine")]


def test_a_cell_overrides_options_and_training_of_its_suite():
    table = TABLE | {
        "training": {"steps": 9, "val_every": 9},
        "options": {"triplet": {"margin": 2.0, "mining": "hardest"}},
    }
    cell = {"backbone": "conv4", "loss": "triplet", "training": {"steps": 5}, "options": {"triplet": {"margin": 3.0}}}
    (spec,) = specs(table | {"cells": [cell]}, "test")
    assert (spec.training.steps, spec.training.val_every) == (5, 9)
    assert spec.loss.options == {"margin": 3.0, "mining": "hardest"}


def test_what_is_measured_on_val_learns_from_train_alone():
    recipe = {"learn": "train+val", "select": "last"}
    table = TABLE | {"backbones": ["conv4"], "losses": ["triplet"], "training": recipe}
    assert [specs(table, stage)[0].training.learn for stage in ("val", "test")] == ["train", "train+val"]


def test_one_cell_is_the_cell_of_a_suite():
    table = TABLE | {"backbones": ["conv4"], "losses": ["triplet"], "seeds": [4], "training": {"steps": 7}}
    values = {"size": 28, "stage": "val", "seed": 4, "options": {}, "training": {"steps": 7}}
    assert one_cell("triplet", "scripts", "conv4", None, **values) == specs(table, "val")[0]


def test_a_learner_with_its_own_objective_takes_no_loss(tmp_path, monkeypatch):
    monkeypatch.setattr("fewshot.registry._plugins", {})
    file = tmp_path / "alone.py"
    file.write_text(
        '"""Alone."""\nfrom fewshot.learners import learner\n\n\n'
        "@learner(trained=True, own_objective=True)\nclass alone:\n    pass\n"
    )
    add_plugin(file)
    cell = {"learner": "alone", "backbone": "conv4"}
    assert specs(TABLE | {"cells": [cell]}, "val")[0].loss is None
    with pytest.raises(RequestError, match="brings its own objective: expected no loss, got triplet"):
        specs(TABLE | {"cells": [cell | {"loss": "triplet"}]}, "val")
