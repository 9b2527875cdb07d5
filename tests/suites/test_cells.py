"""What the cells of a suite are, and combinations that are refused."""

import sys
from dataclasses import replace

import pytest
from runs import check
from suite_texts import CELL, HEAD, SMALL

from fewshot.core.errors import RequestError
from fewshot.core.spec.evaluation import fold_of
from fewshot.core.spec.run_spec import twin_of
from fewshot.registry.lookup import add_plugin
from fewshot.suites.cells import cells, one_cell, place_of
from fewshot.suites.suite import read_suite

TABLE = {"dataset": "typefaces", "protocol": "scripts", "size": 28}
GRID = TABLE | {"backbones": ["conv4"], "losses": ["triplet", "contrastive"]}
RATES = {"learning_rate": [0.1, 0.01]}


def specs(table: dict, stage: str) -> list:
    """The specs of a table without a search."""
    return [spec for cell in cells(table, stage) for spec in cell.finals]


def methods(table: dict) -> list[tuple]:
    """Learner, loss and similarity of every cell."""
    return [
        (spec.learner.name, spec.loss and spec.loss.name, spec.similarity and spec.similarity.name)
        for spec in specs(table, "test")
    ]


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


def test_learners_take_what_they_are_trained_with_and_no_more():
    table = GRID | {"learners": ["pixels", "siamese", "hausdorff"], "seeds": [0, 1]}
    assert [(name, loss) for name, loss, _ in methods(table)] == [
        ("pixels", None),
        *[("siamese", loss) for loss in ("triplet", "contrastive") for _ in range(2)],
        ("hausdorff", None),
    ]


def test_an_exclusion_takes_away_the_cells_that_fit_all_its_keys():
    table = GRID | {"similarities": ["cosine", "euclidean"], "exclude": [{"loss": "triplet", "similarity": "cosine"}]}
    assert [row[1:] for row in methods(table)] == [
        ("triplet", "euclidean"), ("contrastive", "cosine"), ("contrastive", "euclidean"),
    ]  # fmt: skip
    table["exclude"] = [{"similarity": "cosine"}, {"loss": "contrastive"}]
    assert [row[1:] for row in methods(table)] == [("triplet", "euclidean")]


def test_an_exclusion_leaves_single_cells_and_other_learners():
    cell = {"backbone": "conv4", "loss": "triplet"}
    table = GRID | {"learners": ["pixels", "siamese"], "exclude": [{"loss": "triplet"}], "cells": [cell]}
    assert [row[:2] for row in methods(table)] == [
        ("pixels", None), ("siamese", "contrastive"), ("siamese", "triplet"),
    ]  # fmt: skip
    assert [row[0] for row in methods(table | {"exclude": [{"learner": "siamese"}], "cells": []})] == ["pixels"]


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
        cells(table, "test")
    assert refused.value.where == where


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


def test_values_of_distortions_can_be_searched():
    (cell,) = cells(PHOTOS | {"search": {"crop": [0.3, 1.0], "jitter": [0.0, 0.4]}}, "test")
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


FOLDED = HEAD.replace("scripts", "pairs").replace("typefaces", "folder:people") + "folds = 3\n" + CELL


def test_folds_make_a_cell_of_each_with_the_seeds_of_a_method(suite):
    found = suite(FOLDED, changes=["seeds=[0, 1]"])
    assert [(fold_of(spec), spec.seed) for spec in found.specs] == [(n, seed) for n in (1, 2, 3) for seed in (0, 1)]
    assert len({spec.id for spec in found.specs}) == 6
    assert len({spec.method for spec in found.specs}) == 1
    assert [fold_of(spec) for spec in found.only(["fold=2", "seed=0"]).specs] == [2]
    alone = suite(FOLDED.replace("folds = 3\n", ""))
    assert alone.specs[0].method not in {spec.method for spec in found.specs}


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


def test_an_ensemble_has_no_twin_and_does_not_wait_for_those_of_its_members():
    changes = ["ensembles=true", "twins=true", "training.learn=train+val", "training.select=last"]
    suite = read_suite("quickstart", changes=changes, seeds=2).only(["loss=triplet"])
    assert len(suite.twins) == 2
    *members, whole = suite.cells
    assert [len(cell.standing({}, {}).runs) for cell in (*members, whole)] == [1, 1, 2]
    assert twin_of(whole.start) is None


def test_a_seed_selects_no_ensemble():
    suite = read_suite("quickstart", changes=["seeds=[0, 1]", "ensembles=true"])
    assert any(spec.members for spec in suite.specs)
    assert not any(spec.members for spec in suite.only(["seed=0"]).specs)


def test_parts_of_one_name_and_several_kinds_have_their_own_options():
    table = {"dataset": "omniglot", "protocol": "koch", "size": 105, "options": {"koch": {"norm": "batch"}}}
    (spec,) = specs(table | {"cells": [{"backbone": "koch", "loss": "verification"}]}, "val")
    assert (spec.protocol.options, spec.backbone.options["norm"]) == ({}, "batch")
    with pytest.raises(RequestError, match="unknown option of koch 'layer'"):
        specs(table | {"options": {"koch": {"layer": 1}}, "cells": [{"learner": "pixels"}]}, "val")
