"""Checks of all cells of a suite together, and of classes."""

import sys

import pytest
from runs import check
from suite_tables import GRID, TABLE, specs
from suite_texts import CELL, FOLDED, HEAD, SMALL

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import add_plugin
from fewshot.suites.cells.build import cells


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"training": {"turn": "task"}}, ("training", "turn")),
        ({"search": {"turn": ["none", "class"]}}, ("search", "turn")),
        (
            {"cells": [{"backbone": "conv4", "loss": "triplet", "training": {"turn": "task"}}]},
            ("cells", 0, "training", "turn"),
        ),
    ],
)
def test_classes_that_are_turned_already_are_turned_no_further(table, where):
    omniglot = GRID | {"dataset": "omniglot", "protocol": "vinyals"}
    assert specs(omniglot, "val")
    with pytest.raises(
        RequestError, match='vinyals quarter turns are classes already: expected "none", got'
    ) as refused:
        specs(omniglot | table, "val")
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"training": {"schedule": "exponential", "final_rate": 0}}, ("training", "final_rate")),
        ({"training": {"schedule": "exponential"}, "search": {"final_rate": [0.1, 0.0]}}, ("search", "final_rate")),
    ],
)
def test_a_schedule_whose_rate_is_0_after_one_step_is_refused(table, where):
    with pytest.raises(RequestError, match=r"final_rate: expected above 0 with schedule = \"exponential\"") as refused:
        specs(GRID | table, "val")
    assert refused.value.where == where
    assert specs(GRID | {"training": {"schedule": "cosine", "final_rate": 0}}, "val")


def test_options_of_parts_that_a_single_cell_has_not_are_refused():
    own = {"triplet": {"margin": 2.0}, "conv4": {"widths": [8, 8]}, "euclidean": {}, "siamese": {}}
    cell = {"backbone": "conv4", "loss": "triplet", "options": own}
    assert specs(TABLE | {"cells": [cell]}, "val")
    for other in ("contrastive", "resnet12", "cosine", "maml"):
        wrong = cell | {"options": own | {other: {}}}
        with pytest.raises(
            RequestError, match=f"expected those of this cell's parts, .*triplet, got .* {other}"
        ) as got:
            specs(TABLE | {"cells": [wrong]}, "val")
        assert got.value.where == ("cells", 0, "options", other)
    alone = {"learner": "pixels", "options": {"conv4": {"widths": [8, 8]}}}
    with pytest.raises(RequestError, match="expected those of this cell's parts, pixels, cosine, got those of conv4"):
        specs(TABLE | {"cells": [alone]}, "val")


SCORE_ALONE = '''"""A similarity without a distance."""

from torch import nn

from fewshot import similarity


@similarity
class inner(nn.Module):
    """The inner product."""

    def __init__(self, shape):
        super().__init__()

    def score(self, left, right):
        return left @ right.mT
'''


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        (SMALL + 'similarities = [  # here\n"cosine",\n"inner",\n]', "triplet needs a similarity with 'distance'"),
        (HEAD + CELL + 'similarity = "inner"  # here', "triplet needs a similarity with 'distance'"),
        (HEAD + 'cells = [  # here\n{ learner = "siamese", backbone = "conv4", loss = "verification",'
         ' similarity = "inner" },\n]', "verification needs a similarity with 'logit'"),
    ],
)  # fmt: skip
def test_a_similarity_that_the_loss_cannot_use_is_refused_with_its_line(suite, tmp_path, text, blamed):
    (tmp_path / "inner.py").write_text(SCORE_ALONE)
    module = add_plugin(tmp_path / "inner.py").module
    line = next(number for number, said in enumerate(text.split("\n"), start=1) if "# here" in said)
    with pytest.raises(RequestError, match=rf"^suite mine\.toml, line {line}: loss {blamed}, which inner lacks"):
        check(suite(text))
    with pytest.raises(RequestError, match=rf"^suite mine\.toml, --set similarities=\S+: loss {blamed.split()[0]}"):
        check(suite(SMALL.replace("triplet", blamed.split()[0]), changes=['similarities=["inner"]']))
    check(suite(text.replace("inner", "euclidean")))
    del sys.modules[module]


def test_the_rate_of_class_vectors_is_that_of_cells_that_have_them():
    grid = TABLE | {"backbones": ["conv4"], "losses": ["triplet", "softmax"]}
    rates = {spec.loss.name: spec.training.class_rate for spec in specs(grid | {"training": {"class_rate": 3}}, "val")}
    assert rates == {"triplet": 1.0, "softmax": 3.0}
    finals = {cell.start.loss.name: cell.finals for cell in cells(grid | {"search": {"class_rate": [1.0, 9.0]}}, "val")}
    assert [spec.training.class_rate for spec in finals["softmax"]] == [1.0, 9.0]
    assert len(finals["triplet"]) == 1


@pytest.mark.parametrize("key", ["training", "search", "cell"])
def test_a_rate_of_class_vectors_that_no_cell_uses_is_refused(key):
    grid = TABLE | {"backbones": ["conv4"], "losses": ["triplet"]}
    given = {"search": {"search": {"class_rate": [1.0, 9.0]}}, "training": {"training": {"class_rate": 2.0}}}
    given["cell"] = {"cells": [{"backbone": "conv4", "loss": "nca", "training": {"class_rate": 2.0}}]}
    with pytest.raises(RequestError, match="class_rate: expected a loss with class vectors"):
        cells(grid | given[key], "val")


SCALED = {"options": {"squared_euclidean": {"scale": 0.01}}}


def test_the_scale_of_logits_is_of_cells_that_compare_by_them():
    grid = TABLE | {"backbones": ["conv4"], "losses": ["prototypical"]}
    with pytest.raises(RequestError, match="option scale of squared_euclidean: expected a loss or shot rule by logits"):
        specs(grid | SCALED, "val")
    learned = {"prototypical": {"learned_scale": True}}
    (spec,) = specs(grid | {"options": learned | SCALED["options"]}, "val")
    assert spec.similarity.options == {"scale": 0.01}
    cell = {
        "backbone": "conv4",
        "loss": "triplet",
        "similarity": "euclidean",
        "options": {"euclidean": {"learned": False}},
    }
    with pytest.raises(RequestError, match=r"option learned of euclidean: expected .* got loss triplet") as refused:
        specs(TABLE | {"cells": [cell]}, "val")
    assert refused.value.where == ("cells", 0, "options", "euclidean", "learned")


def test_a_searched_scale_is_tried_by_cells_that_compare_by_it():
    grid = TABLE | {"backbones": ["conv4"], "losses": ["contrastive", "verification"], "similarities": ["euclidean"]}
    search = {"search": {"options.euclidean.scale": [0.1, 1.0]}}
    assert {cell.start.loss.name: len(cell.finals) for cell in cells(grid | search, "val")} == {
        "contrastive": 1,
        "verification": 2,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("folds=1", "folds: expected a whole number of at least 2, got 1"),
        ("folds=101", "folds: expected at most 100, got 101"),
        ("folds='3'", "folds: expected int, got '3'"),
        ("protocol=held_out", "folds: expected a protocol with folds, such as .*pairs.*, got held_out"),
        ("options.pairs.fold=2", "fold: expected none beside folds = 3, which names each, got 2"),
        ("search.learning_rate=[1e-3, 2e-3]", "folds: expected no search beside them"),
    ],
)
def test_folds_that_cannot_be_are_refused(suite, change, message):
    with pytest.raises(RequestError, match=message):
        suite(FOLDED, changes=[change])
