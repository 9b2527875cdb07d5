"""What `--set`, `--split` and `--skip-damaged` make of a suite's table."""

import pytest
from suite_texts import HEAD, OWN, SMALL

from fewshot.core.errors import RequestError
from fewshot.registry.names import own_names
from fewshot.suites.overrides import change, change_dataset, make_room, setting
from fewshot.suites.suite import read_suite


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b=3", ("a.b", 3)),
        ("a=b=c", ("a", "b=c")),
        ("a+=[1, 2]", ("a+", [1, 2])),
        ("size=0.5", ("size", 0.5)),
    ],
)
def test_a_value_is_toml_or_a_text(text, expected):
    assert setting(text) == expected


@pytest.mark.parametrize("text", ["a", "=3", "+=3", ".=3", "", '"=1', 'a."b=1', "a..b=1", '""=1'])
def test_what_is_no_setting_is_refused(text):
    with pytest.raises(RequestError, match="expected KEY=VALUE or KEY"):
        setting(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.b=nan", "--set a.b: expected a finite number"),
        (f"a={'[' * 3000}", "--set a: expected tables and lists at most 16 deep"),
        ("a=12:00:00", "--set a: expected a text or a number, got the time 12:00:00"),
        (f"a={10**20}", "--set a: expected a whole number within 64 bits"),
    ],
)
def test_a_value_that_no_record_can_hold_is_refused(text, message):
    with pytest.raises(RequestError, match=message):
        setting(text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["options.nt_xent.temperature=0.2"], "expected a part of the suite's cells, got nt_xent"),
        (['losses=["nt_xent"]', "options.triplet.margin=2.0"], "--set options.triplet.margin=2.0: expected a part"),
    ],
)
def test_an_option_of_a_part_that_no_cell_has_is_refused(suite, changes, message):
    with pytest.raises(RequestError, match=message):
        suite(changes=changes)
    assert suite(changes=['losses=["nt_xent"]', "options.nt_xent.temperature=0.2"])


def test_an_option_of_another_part_of_the_same_name_is_refused(tmp_path):
    """`koch` is a protocol and a backbone."""
    file = tmp_path / "mine.toml"
    head = 'title = "m"\ndataset = "omniglot"\nprotocol = "koch"\nsize = 105\n[[cells]]\nbackbone = '
    file.write_text(f'{head}"conv4"\nloss = "triplet"\n')
    with pytest.raises(RequestError, match="expected an option of protocol koch of the suite's cells, got norm"):
        read_suite(str(file), changes=["options.koch.norm=batch"])
    file.write_text(f'{head}"koch"\nloss = "triplet"\n')
    (spec,) = read_suite(str(file), changes=["options.koch.norm=batch"]).specs
    assert (spec.backbone.options["norm"], spec.protocol.options) == ("batch", {})


@pytest.mark.parametrize("given", [{"seeds": 3}, {"steps": 9}, {"changes": ["training.steps=9"]}])
def test_what_only_a_training_takes_is_refused_where_nothing_is_trained(suite, given):
    with pytest.raises(RequestError, match="expected a suite with something to train"):
        suite(HEAD + '[[cells]]\nlearner = "pixels"\nsimilarity = "cosine"\n', **given)


def test_keys_in_one_another_have_an_end():
    with pytest.raises(RequestError, match="at most 16 keys with points between, got 3,000"):
        change({}, f"{'.'.join(['a'] * 3000)}=1")


def test_a_name_with_points_stands_in_quotes():
    table = {}
    assert change(table, 'options."folder:my.data/a b".split=0.6/0.2/0.2') == [
        ("options", "folder:my.data/a b", "split")
    ]
    assert table == {"options": {"folder:my.data/a b": {"split": "0.6/0.2/0.2"}}}
    assert change(table, "training.steps=5") == [("training", "steps")]


def test_items_are_added_to_a_list():
    table = {"losses": ["a"]}
    assert change(table, 'losses+=["b", "c"]') == [("losses", 1), ("losses", 2)]
    assert table["losses"] == ["a", "b", "c"]


def test_the_data_set_is_given_its_option_beside_what_it_has():
    table = {"dataset": "folder:a.b", "options": {"folder:a.b": {"channels": 1}}}
    assert change_dataset(table, "split", "0.6/0.2/0.2", "--split") == ("options", "folder:a.b", "split")
    assert table["options"]["folder:a.b"] == {"channels": 1, "split": "0.6/0.2/0.2"}


def test_a_data_set_without_the_option_is_refused():
    with pytest.raises(RequestError, match=r"--split: expected a suite on folder:PATH.*, got omniglot"):
        change_dataset({"dataset": "omniglot"}, "split", "0.6/0.2/0.2", "--split")


def test_a_value_stands_instead_of_its_search_and_a_search_instead_of_its_value():
    table = {"training": {"crop": 0.5, "flip": 0.5}, "search": {"crop": [0.1, 0.2]}}
    make_room(table, "training", "crop")
    assert table["search"] == {}
    table["search"]["flip"] = [0.1, 0.2]
    make_room(table, "search", "flip")
    assert table["training"] == {"crop": 0.5}


def test_an_option_and_its_search_stand_for_one_another_too(suite):
    text = SMALL + "[options.triplet]\nmargin = 3.0\n[search]\nbatch = [1, 2]"
    searches = ("search.options.triplet.margin=[1, 2]", 'search."options.triplet.margin"=[1, 2]')
    for search in searches:
        (cell,) = suite(text, changes=[search]).cells
        assert [final.loss.options["margin"] for final in cell.finals] == [1.0, 2.0, 1.0, 2.0]
        (cell,) = suite(text, changes=[search, "options.triplet.margin=4"]).cells
        assert [final.loss.options["margin"] for final in cell.finals] == [4.0, 4.0]


def test_a_search_of_which_a_set_value_leaves_nothing_is_none(suite):
    text = SMALL + "[search]\nbatch = { low = 1, high = 9 }\npoints = 3\nfolds = 2"
    assert suite(text, changes=["training.batch=2"]).cells[0].rungs == ()
    assert len(suite(text, changes=["search.points=5"]).specs) == 5


def test_what_a_loss_searches_of_its_own_gives_way_too(suite):
    text = SMALL + "[search.triplet]\nmargin = [1, 2]\nbatch = [1, 2]"
    for given, left in (("options.triplet.margin=3", "batch"), ("training.batch=3", "options.triplet.margin")):
        (cell,) = suite(text, changes=[given]).cells
        assert {key for point in cell.points for key in point} == {left}
    assert suite(text, changes=["options.triplet.margin=3", "training.batch=3"]).cells[0].points == ()
    text = SMALL + "[options.triplet]\nmargin = 3.0\n[training]\nbatch = 3"
    (cell,) = suite(text, changes=["search.triplet.margin=[1, 2]", "search.triplet.learning_rate=[1, 2]"]).cells
    assert (len(cell.points), cell.start.training.batch) == (4, 3)


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


def test_adding_nothing_changes_nothing(suite):
    assert suite(changes=["losses+=[]"]).specs == suite().specs


def test_a_value_set_and_a_search_set_stand_for_one_another(suite):
    text = SMALL + "[search]\nlearning_rate = [0.1, 0.2]"
    (cell,) = suite(text, changes=["training.learning_rate=0.5"]).cells
    assert (cell.candidates, cell.finals[0].training.learning_rate) == ((), 0.5)
    text = SMALL + "[training]\nlearning_rate = 0.5"
    for search in ("search.learning_rate=[0.1, 0.2]", "search={ learning_rate = [0.1, 0.2] }"):
        (cell,) = suite(text, changes=[search]).cells
        assert [spec.training.learning_rate for spec in cell.finals] == [0.1, 0.2]
    with pytest.raises(RequestError, match=r"line 9: learning_rate is searched: .* not in both"):
        suite(text + "\n[search]\nlearning_rate = [0.1, 0.2]")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("losses", "--set losses: expected KEY=VALUE"),
        ("=3", "--set =3: expected KEY=VALUE"),
        ("+=3", r"--set \+=3: expected KEY=VALUE"),
        ("title.more=3", r"--set title\.more=3: title is no table"),
        ("title+=3", r"--set title\+=3: title is no list"),
    ],
)
def test_an_option_that_changes_nothing_is_refused(suite, change, message):
    with pytest.raises(RequestError, match=message):
        suite(changes=[change])


def test_a_change_names_keys_with_dots_of_their_own_in_quotes(suite):
    text = SMALL.replace('"triplet"', '"pml:FastAPLoss"')
    for option in ('options."pml:FastAPLoss".num_bins=4', "options.pml:FastAPLoss.num_bins=4"):
        assert suite(text, changes=[option]).specs[0].loss.options["num_bins"] == 4
    layers = 'training.layers."encoder.blocks.0".weight_decay=0'
    assert suite(changes=[layers]).specs[0].training.layers == {"encoder.blocks.0": {"weight_decay": 0.0}}


def test_a_users_data_set_is_split_on_the_command_line(suite):
    (one, *_), (other, *_) = (suite(OWN, of_dataset={"split": split}).specs for split in ("0.6/0.2/0.2", "0.5/0.3/0.2"))
    assert (one.dataset.options["split"], one.dataset.options["skip_damaged"]) == ("0.6/0.2/0.2", False)
    assert one.id != other.id
    assert suite(OWN, of_dataset={"skip_damaged": True}).specs[0].dataset.options["skip_damaged"] is True
    set_ = suite(OWN, changes=['options."folder:my.people".split="0.6/0.2/0.2"']).specs[0]
    assert set_ == one
    with pytest.raises(RequestError, match=r"--split: expected a suite on folder:PATH.*, got typefaces"):
        suite(of_dataset={"split": "0.6/0.2/0.2"})


@pytest.mark.parametrize(
    ("asked", "option", "message"),
    [
        ({"changes": ["training.steps=x"]}, "--set training.steps=x", "steps: expected int, got 'x'"),
        ({"changes": ["batch=2", "training.steps=2"]}, "--set batch=2", "unknown key 'batch'"),
        ({"changes": ["losses+=triplett"]}, "--set losses+=triplett", "did you mean triplet"),
        ({"changes": ["losses=[1]"]}, "--set losses=[1]", "an item of losses: expected str, got 1"),
        ({"changes": ["options.triplet.margn=2"]}, "--set options.triplet.margn=2", "did you mean margin"),
        ({"changes": ["search.learning_rate=[1]"]}, "--set search.learning_rate=[1]", "two or more different values"),
        ({"changes": ["exclude+={ loss = 'x' }"]}, "--set exclude+={ loss = 'x' }", "unknown loss of the grid 'x'"),
        ({"changes": ["training.task.way=1"]}, "--set training.task.way=1", "expected way, shot and query"),
    ],
)
def test_a_mistake_of_the_command_line_is_named_with_its_option(suite, asked, option, message):
    with pytest.raises(RequestError) as refused:
        suite(**asked)
    assert str(refused.value).startswith(f"suite mine.toml, {option}: ")
    assert message in str(refused.value)


def test_an_option_that_changed_something_else_is_not_blamed(suite):
    text = SMALL + "[training]\nsteps = 1\nbatch = 0  # here"
    with pytest.raises(
        RequestError, match=r"^suite mine\.toml, line 10: batch: expected a number of at least 1, got 0"
    ):
        suite(text, changes=["training.learning_rate=1"], steps=9, seeds=2)


@pytest.mark.parametrize(
    ("keywords", "option"),
    [
        ({"changes": ['losses+=["contrastive", "triplett"]']}, "--set losses"),
        ({"text": SMALL + '[training]\nlearn = "train+val"', "steps": 9}, "line 9"),
        ({"changes": ["training.val_every=1"], "steps": 900}, "--set training.val_every=1"),
    ],
)  # fmt: skip
def test_the_option_that_is_wrong_is_blamed_and_no_other(suite, keywords, option):
    with pytest.raises(RequestError) as refused:
        suite(**keywords)
    assert str(refused.value).startswith(f"suite mine.toml, {option}")


def test_a_part_in_two_spellings_keeps_its_options():
    table = {"options": {"held-out": {"query": 5, "way": 3}}}
    assert change(table, "options.held_out.episodes=77") == [("options", "held-out", "episodes")]
    assert own_names(table) == {"options": {"held_out": {"query": 5, "way": 3, "episodes": 77}}}
    with pytest.raises(RequestError, match="expected each part once, got held_out twice"):
        own_names({"options": {"held-out": {}, "held_out": {}}})
    searched = {"search": {"options.baseline++.scale": [1.0, 2.0]}, "options": {"baseline_pp": {"scale": 4.0}}}
    make_room(searched, "options", "baseline_pp", "scale")
    assert searched["search"] == {}
    with pytest.raises(RequestError, match="expected one value, got foo beside it"):
        setting("training.steps=5\nfoo=3")
