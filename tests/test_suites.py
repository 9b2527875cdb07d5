import pytest

from fewshot.errors import RequestError
from fewshot.suites import read_suite, suite_files

SMALL = """
title = "t"
dataset = "typefaces"
protocol = "scripts"
size = 28
backbones = ["conv4"]
losses = ["triplet"]
"""


@pytest.fixture
def suite(tmp_path):
    def write(text=SMALL, **keywords):
        file = tmp_path / "mine.toml"
        file.write_text(text)
        return read_suite(str(file), **keywords)

    return write


@pytest.mark.parametrize("name", suite_files())
def test_every_suite_of_the_package_is_sound(name):
    suite = read_suite(name)
    assert suite.title
    assert suite.specs
    assert len({spec.id for spec in suite.specs}) == len(suite.specs)


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


def test_seeds_and_steps_make_other_cells(suite):
    first, more, longer = suite(), suite(seeds=3), suite(steps=9)
    assert [spec.seed for spec in more.specs] == [0, 1, 2]
    assert more.specs[0].id == first.specs[0].id
    assert longer.specs[0].training.steps == 9
    assert longer.specs[0].id != first.specs[0].id


def test_set_changes_adds_and_nests(suite):
    changes = ["losses+=contrastive", "training.learning_rate=1", "options.triplet.mining=hardest"]
    triplet, contrastive = suite(changes=changes).specs
    assert contrastive.loss.name == "contrastive"
    assert triplet.training.learning_rate == 1.0
    assert triplet.loss.options["mining"] == "hardest"


def test_the_stage_is_part_of_a_cell(suite):
    assert suite(stage="val").specs[0].id != suite(stage="test").specs[0].id


def test_only_keeps_alternatives_of_a_key_and_meets_all_keys():
    suite = read_suite("quickstart", seeds=2)
    chosen = suite.only(["loss=triplet", "loss=contrastive", "seed=1"]).specs
    assert [(spec.loss.name, spec.seed) for spec in chosen] == [("contrastive", 1), ("triplet", 1)]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["los=triplet"], "did you mean loss"),
        (["loss=triplett"], "did you mean triplet"),
        (["loss=triplet", "learner=pixels"], "no cell"),
    ],
)
def test_only_refuses_what_is_not_there(wanted, message):
    with pytest.raises(RequestError, match=message):
        read_suite("quickstart").only(wanted)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 3 4", "line 1"),
        (SMALL + 'lossse = ["triplet"]', "did you mean losses"),
        (SMALL.replace("28", '"28"'), "size: expected int, got '28'"),
        (SMALL.replace("28", "0"), "size: expected a number of at least 1, got 0"),
        (SMALL.replace('"triplet"', '"triplett"'), "unknown loss 'triplett': did you mean triplet"),
        (SMALL.replace("conv4", "conv5"), "unknown backbone 'conv5'"),
        (SMALL.replace("scripts", "lake"), "protocol lake is of data set omniglot, not typefaces"),
        (SMALL.replace('protocol = "scripts"', ""), "'protocol' is missing"),
        (SMALL + "[options.triplet]\nmargn = 2", "unknown option of triplet 'margn'"),
        (SMALL + '[options.triplet]\nmargin = "wide"', "option margin of triplet: expected float"),
        (SMALL + "[training]\nstep = 5", "unknown training option 'step'"),
        (SMALL + "[training]\nsteps = 5.5", "steps: expected int, got 5.5"),
        (SMALL + "[training]\nsteps = true", "steps: expected int, got True"),
        (SMALL + '[training]\nprecision = "float16"', "unknown precision 'float16'"),
        (SMALL + '[training]\nlearn = "train+val"', "nothing to select by"),
        (SMALL + "[training]\ntask = { way = 1, shot = 1, query = 1 }", "way: expected a whole number of at least 2"),
        (SMALL + "[training]\ntask = { way = 5 }", "task: expected way, shot and query"),
        (SMALL + '[[cells]]\nlearner = "siamese"', "needs a backbone"),
        (SMALL + '[[cells]]\nlerner = "pixels"', "did you mean learner"),
        (SMALL + '[[cells]]\nbackbone = "conv4"\nloss = "triplet"', "two of its cells are the same"),
        (SMALL + '[[published]]\nmethod = "m"\naccuracy = "high"', "accuracy: expected float"),
        (SMALL + '[[published]]\nmethod = "m"', "lacks the key 'task'"),
        (SMALL + 'seeds = ["one"]', "an item of seeds: expected int, got 'one'"),
        (SMALL.replace('["triplet"]', "[7]"), "an item of losses: expected str, got 7"),
        (SMALL + "[options]\ntriplet = 3", "options.triplet: expected dict, got 3"),
        (SMALL + '[[cells]]\nbackbone = 3\nloss = "triplet"', "backbone: expected str, got 3"),
        (SMALL + "cells = [1]", "an item of cells: expected dict, got 1"),
    ],
)
def test_a_mistake_is_named_with_what_was_expected(suite, text, message):
    with pytest.raises(RequestError, match=message):
        suite(text)


def test_an_unknown_suite_or_file_is_named(tmp_path):
    with pytest.raises(RequestError, match="unknown suite 'quickstrat': did you mean quickstart"):
        read_suite("quickstrat")
    with pytest.raises(RequestError, match=r"expected a TOML file, got: No such file"):
        read_suite(str(tmp_path / "none.toml"))
