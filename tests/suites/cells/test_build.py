"""What the cells of a suite are, and combinations that are refused."""

from dataclasses import replace

import pytest
from suite_tables import GRID, TABLE, specs
from suite_texts import FOLDED

from fewshot.core.errors import RequestError
from fewshot.core.spec.evaluation import fold_of
from fewshot.core.spec.run_spec import twin_of
from fewshot.suites.cells.build import cells, one_cell, place_of
from fewshot.suites.status import Status
from fewshot.suites.suite import read_suite

RATES = {"learning_rate": [0.1, 0.01]}


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


def test_a_raised_revision_makes_other_cells_and_searches_anew():
    table = GRID | {"search": RATES, "cells": [{"learner": "pixels"}]}
    first, same, second = (cells(table | given, "test") for given in ({}, {"revision": 1}, {"revision": 2}))
    assert same == first
    runs = [[run for cell in found for run in (*cell.finals, *cell.candidates)] for found in (first, second)]
    assert [replace(run, revision=2) for run in runs[0]] == runs[1]
    assert not {run.id for run in runs[0]} & {run.id for run in runs[1]}


def test_one_cell_is_the_cell_of_a_suite():
    table = TABLE | {"backbones": ["conv4"], "losses": ["triplet"], "seeds": [4], "training": {"steps": 7}}
    values = {"size": 28, "stage": "val", "seed": 4, "options": {}, "training": {"steps": 7}}
    assert one_cell("triplet", "scripts", "conv4", None, **values) == specs(table, "val")[0]


def test_a_search_makes_every_trained_cell_choose_between_the_same_values():
    table = GRID | {"learners": ["pixels", "siamese"], "seeds": [3, 4], "search": RATES, "training": {"steps": 30}}
    pixels, *trained = cells(table, "test")
    assert (len(pixels.finals), pixels.candidates) == (1, ())
    assert [cell.finals[0].seed for cell in trained] == [3, 4, 3, 4]
    for cell in trained:
        assert [final.training.learning_rate for final in cell.finals] == RATES["learning_rate"]
        assert {(one.seed, one.stage, one.training.steps) for one in cell.candidates} == {(3, "val", 10)}


def test_a_cell_that_says_a_searched_value_itself_is_not_searched():
    cell = {"backbone": "conv4", "loss": "triplet", "size": 16, "training": {"learning_rate": 1.0}}
    *_, own = cells(GRID | {"search": RATES, "cells": [cell]}, "test")
    assert ([final.training.learning_rate for final in own.finals], own.candidates) == ([1.0], ())
    *_, half = cells(GRID | {"search": RATES | {"batch": [1, 2, 3]}, "cells": [cell]}, "test")
    assert [(final.training.learning_rate, final.training.batch) for final in half.finals] == [(1, 1), (1, 2), (1, 3)]


def test_values_of_distortions_can_be_searched():
    (cell,) = cells(
        TABLE | {"backbones": ["conv4"], "losses": ["triplet"], "search": {"crop": [0.3, 1.0], "jitter": [0.0, 0.4]}},
        "test",
    )
    found = [(spec.training.crop, spec.training.jitter) for spec in cell.candidates]
    assert found == [(0.3, 0.0), (0.3, 0.4), (1.0, 0.0), (1.0, 0.4)]


def test_a_single_cell_of_an_open_protocol_names_its_data_set():
    values = {"size": 28, "stage": "val", "seed": 0, "options": {}, "training": {}}
    found = one_cell("triplet", "held-out", "conv4", None, dataset="folder:people", normalise="own", **values)
    assert (found.dataset.name, found.protocol.name, found.normalise) == ("folder:people", "held_out", "own")
    with pytest.raises(RequestError, match=r"unknown part under .options. 'triplett'.*: did you mean triplet"):
        one_cell("triplet", "scripts", "conv4", None, **values | {"options": {"triplett": {"margin": 2.0}}})
    with pytest.raises(RequestError, match="protocol held_out uses a data set's own split: expected a dataset too"):
        one_cell("triplet", "held_out", "conv4", None, **values)


def test_folds_make_a_cell_of_each_with_the_seeds_of_a_method(suite):
    found = suite(FOLDED, changes=["seeds=[0, 1]"])
    assert [(fold_of(spec), spec.seed) for spec in found.specs] == [(n, seed) for n in (1, 2, 3) for seed in (0, 1)]
    assert len({spec.id for spec in found.specs}) == 6
    assert len({spec.method for spec in found.specs}) == 1
    assert [fold_of(spec) for spec in found.only(["fold=2", "seed=0"]).specs] == [2]
    alone = suite(FOLDED.replace("folds = 3\n", ""))
    assert alone.specs[0].method not in {spec.method for spec in found.specs}


def test_ensembles_are_cells_of_the_methods_with_several_seeds():
    table = GRID | {"seeds": [1, 2], "ensembles": True, "cells": [{"learner": "pixels"}]}
    found = specs(table, "test")
    assert [(spec.loss and spec.loss.name, spec.seed, spec.members) for spec in found] == [
        ("triplet", 1, ()), ("triplet", 2, ()), ("triplet", 1, (1, 2)),
        ("contrastive", 1, ()), ("contrastive", 2, ()), ("contrastive", 1, (1, 2)),
        (None, 0, ()),
    ]  # fmt: skip
    assert not any(spec.members for spec in specs(table, "val"))  # whose networks are not kept
    assert not any(spec.members for spec in specs(table | {"seeds": [1]}, "test"))
    with pytest.raises(RequestError, match=r"--set ensembles=true: ensembles: expected no search beside them"):
        read_suite("losses", changes=["ensembles=true"])
    for alone in (
        {"seeds": 1},
        {"stage": "val"},
    ):  # a suite that names ensembles can be narrowed so, not asked for them
        with pytest.raises(RequestError, match=r"--set ensembles=true: ensembles: expected several seeds"):
            read_suite("quickstart", changes=["ensembles=true"], **{"seeds": 2, **alone})


def test_an_ensemble_has_no_twin_and_its_members_wait_for_theirs(make_record):
    changes = ["ensembles=true", "twins=true", "training.learn=train+val", "training.select=last"]
    suite = read_suite("quickstart", changes=changes, seeds=2).only(["loss=triplet"])
    assert len(suite.twins) == 2
    *members, whole = suite.cells
    assert [len(cell.standing({}, {}).runs) for cell in (*members, whole)] == [1, 1, 2]
    assert twin_of(whole.start) is None
    first, second = (twin_of(cell.start) for cell in members)
    assert Status(suite, {}, {}).to_run == [first, second]  # by several processes too, each takes what is free
    recorded = {first.id: make_record(first)}
    assert Status(suite, recorded, {}).to_run == [members[0].start, second]
    assert Status(suite, recorded, {second.id: "why"}).to_run == [cell.start for cell in members]


def test_a_seed_selects_no_ensemble():
    suite = read_suite("quickstart", changes=["seeds=[0, 1]", "ensembles=true"])
    assert any(spec.members for spec in suite.specs)
    assert not any(spec.members for spec in suite.only(["seed=0"]).specs)


def places(table: dict, *where: str) -> list[tuple]:
    return [place_of(table, "test", cell, where) for cell in cells(table, "test")]


def test_the_place_of_what_a_cell_has_is_found_in_the_table():
    table = GRID | {"learners": ["siamese"], "cells": [{"learner": "pixels", "size": 9}], "training": {"steps": 5}}
    assert places(table, "similarity") == [("losses", 0), ("losses", 1), ("cells", 0, "learner")]
    assert places(table, "size") == [("size",), ("size",), ("cells", 0, "size")]
    assert places(table, "training", "steps")[0] == ("training", "steps")
    assert places(table | {"search": RATES}, "training", "learning_rate")[0] == ("search", "learning_rate")
    assert places(table | {"similarities": ["cosine", "euclidean"]}, "similarity")[-2] == ("similarities", 1)
    cell = {"backbone": "conv4", "loss": "triplet", "similarity": "cosine"}
    assert places(TABLE | {"cells": [cell]}, "similarity") == [("cells", 0, "similarity")]
    assert places(TABLE | {"learners": ["hausdorff", "pixels"]}, "similarity") == [("learners", 0), ("learners", 1)]


def test_an_option_that_is_not_given_stands_with_its_part():
    table = GRID | {"options": {"triplet": {"margin": 2.0}}}
    assert places(table, "options", "triplet", "margin")[0] == ("options", "triplet", "margin")
    assert places(table, "options", "triplet", "mining")[0] == ("losses", 0)
    assert places(table, "options", "euclidean", "any")[1] == ("losses", 1)
    cell = {"backbone": "conv4", "loss": "triplet", "options": {"conv4": {"widths": [4]}}}
    table = TABLE | {"cells": [cell]}
    assert places(table, "options", "conv4", "widths") == [("cells", 0, "options", "conv4", "widths")]
    assert places(table, "options", "triplet", "margin") == [("cells", 0, "loss")]
