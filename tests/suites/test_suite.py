"""A suite read from its file."""

import pytest
from suite_texts import CELL, FIGURE, HEAD, OWN, PAPER, SEVERAL, SMALL

import fewshot
from fewshot.core.errors import RequestError
from fewshot.suites.suite import read_suite, suite_files


@pytest.mark.parametrize("name", suite_files())
def test_every_suite_of_the_package_is_sound(name):
    suite = read_suite(name)
    assert suite.title
    assert suite.specs
    assert len({spec.id for spec in suite.specs}) == len(suite.specs)


def test_the_stage_is_part_of_a_cell(suite):
    assert suite(stage="val").specs[0].id != suite(stage="test").specs[0].id


def test_steps_of_the_command_line_are_those_of_single_cells_too(suite):
    text = HEAD + CELL + "[cells.training]\nsteps = 5\n"
    assert [suite(text, **steps).specs[0].training.steps for steps in ({}, {"steps": 9})] == [5, 9]


def test_the_stage_is_test_unless_the_file_or_the_command_line_says_otherwise(suite):
    text = SMALL + 'stage = "val"'
    found = [suite(), suite(stage="val"), suite(text), suite(text, stage="test"), suite(text, changes=["stage=test"])]
    assert [one.specs[0].stage for one in found] == ["test", "val", "val", "test", "test"]
    assert found[1].specs == found[2].specs
    with pytest.raises(RequestError, match=r"^suite mine\.toml, --stage dev: unknown stage 'dev'"):
        suite(text, stage="dev")


def protocols(found) -> list[tuple[str, str]]:
    return [(spec.protocol.name, (spec.loss or spec.learner).name) for spec in found.specs]


def test_a_suite_over_several_protocols(suite):
    text = SEVERAL + CELL.replace("triplet", "contrastive") + 'protocol = "lake-small1"\n'
    found = suite(text)
    assert protocols(found) == [("lake", "triplet"), ("vinyals", "triplet"), ("lake_small1", "contrastive")]
    assert protocols(found.only(["protocol=vinyals", "protocol=lake_small1"])) == protocols(found)[1:]
    assert protocols(found.only(["protocol=lake", "loss=triplet"])) == [("lake", "triplet")]
    with pytest.raises(RequestError, match="unknown protocol of suite mine 'vinials': did you mean vinyals"):
        found.only(["protocol=vinials"])
    assert protocols(suite(SEVERAL + 'exclude = [{ protocol = "lake" }]')) == [("vinyals", "triplet")]
    found = suite(SEVERAL + CELL.replace("triplet", "contrastive"))
    assert protocols(found)[2:] == [("lake", "contrastive"), ("vinyals", "contrastive")]
    assert protocols(suite(SMALL + CELL + "size = 20\n")) == [("scripts", "triplet")] * 2
    assert protocols(suite(changes=["dataset=omniglot", "protocol=koch"])) == [("koch", "triplet")]


def test_single_cells_may_each_have_a_protocol_of_their_own(suite):
    head = HEAD.replace("typefaces", "omniglot").replace("scripts", "lake")
    text = head + '[[cells]]\nlearner = "hausdorff"\n[[cells]]\nlearner = "hausdorff"\nprotocol = "koch"\n'
    assert protocols(suite(text)) == [("lake", "hausdorff"), ("koch", "hausdorff")]


def test_a_table_of_published_accuracies_is_a_figure_for_each_task(suite):
    found = suite(SMALL + FIGURE.replace('"t"', '"5-way 1-shot"') + PAPER).published
    common = {"method": "m", "source": "s", "trust": "read"}
    assert list(found) == [
        common | {"task": "5-way 1-shot", "accuracy": 1.0, "row": 0},
        common | {"task": "5-way 1-shot", "accuracy": 98.8, "row": 1},
        common | {"task": "20-way 1-shot", "accuracy": 96, "half_width": 0.5, "row": 1},
    ]


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


def test_a_change_that_no_chosen_cell_uses_is_refused():
    changed = read_suite("quickstart", changes=["options.contrastive.margin=8"])
    assert changed.only(["loss=contrastive"])
    with pytest.raises(
        RequestError, match=r"--set options.contrastive.margin=8: expected a part of the cells that --only"
    ):
        changed.only(["loss=triplet"])
    assert read_suite("quickstart", seeds=2, steps=5).only(["learner=pixels"])


def test_learning_from_val_is_refused_at_stage_val_where_the_caller_asks_for_it():
    changes = ["training.learn=train+val", "training.select=last"]
    assert read_suite("quickstart", changes=changes).specs[0].training.learn == "train+val"
    with pytest.raises(RequestError, match=r'--set training.learn=train\+val: learn: expected "train" at stage val'):
        read_suite("quickstart", changes=changes, stage="val")
    with pytest.raises(RequestError, match=r'learn: expected "train" at stage val, .* got \'train\+val\''):
        fewshot.train("triplet", learn="train+val", select="last", steps=2)
    best = read_suite("losses", changes=["training.select=best_val"], stage="val")  # its learn gives way at this stage
    assert best.specs[0].training.select == "best_val"
    with pytest.raises(RequestError, match="unknown learn 'trian'"):
        read_suite("quickstart", changes=["training.learn=trian"], stage="val")


def test_an_unknown_suite_or_file_is_named(tmp_path):
    with pytest.raises(RequestError, match="unknown suite 'quickstrat': did you mean quickstart"):
        read_suite("quickstrat")
    with pytest.raises(RequestError, match=r"expected a TOML file, got: No such file"):
        read_suite(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALL + "size = 30\n", r"mine\.toml: Cannot overwrite a value \(at line 8"),
        (SMALL + "[training]\nsteps = 1\nsteps = 2\n", r"mine\.toml: Cannot overwrite a value \(at line 10"),
        (SMALL + "training = { steps = 1,\nbatch = 2 }", r"mine\.toml: .*\(at line 8"),
        (SMALL + "seeds = [1, 2", r"mine\.toml: .*\(at end of document\)"),
        ("", r"^suite mine\.toml: the key 'title' is missing"),
        ("# title = 't'\n", r"^suite mine\.toml: the key 'title' is missing"),
    ],
)
def test_a_file_that_is_no_toml_or_empty_is_refused(suite, text, message):
    with pytest.raises(RequestError, match=message):
        suite(text)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "mine.toml").write_bytes(SMALL.encode() + 'note = "é"'.encode("latin1"))
    with pytest.raises(RequestError, match=r"mine\.toml: expected TOML in UTF-8, got the byte 0xe9"):
        read_suite(str(tmp_path / "mine.toml"))


def test_a_suite_on_a_users_data_is_read_without_them(suite):
    found = suite(OWN + "[options.held-out]\nway = 3\n")
    assert found.specs[0].protocol.options["way"] == 3
    row = '[[published]]\nmethod = "m"\ntask = "{}"\naccuracy = 1.0\nsource = "s"\ntrust = "t"\n'
    options = "[options.held_out]\nway = 3\n"
    assert suite(OWN + options + row.format("3-way 5-shot")).published
    with pytest.raises(RequestError, match=r"unknown task of this suite '5-way 5-shot': .*3-way 1-shot, 3-way 5-shot"):
        suite(OWN + options + row.format("5-way 5-shot"))
