from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.names import TURNS, group_of, overlap, small_groups, unturned
from fewshot.data.class_lists.omniglot_trials import run_classes
from fewshot.protocols import SPLITS, PairLists, _protocol, asked_parts, load_protocol, refuse_learned
from fewshot.registry.lookup import entries


@pytest.mark.parametrize("name", [name for name in entries("protocols") if not load_protocol(name).open])
def test_every_protocol_is_complete_and_disjoint(name):
    found = load_protocol(name)
    assert found.name == name
    assert found.dataset in entries("datasets")
    assert all(found.classes[split] for split in SPLITS)
    assert found.learned_from("train+val") == found.classes["train"] + found.classes["val"]
    assert found.selects_by == found.val[0]


def test_a_split_that_leaks_is_refused(monkeypatch):
    lake = load_protocol("lake")
    leaky = replace(lake, classes=lake.classes | {"test": (*lake.classes["test"], lake.classes["train"][3])})
    monkeypatch.setattr(_protocol, "load", lambda kind, name: lambda: leaky)
    with pytest.raises(RequestError, match=f"train and test share 1 classes, such as {lake.classes['train'][3]}"):
        load_protocol("lake")


def test_two_kinds_of_task_of_one_name_are_refused(monkeypatch):
    lake = load_protocol("lake")
    monkeypatch.setattr(_protocol, "load", lambda kind, name: lambda: replace(lake, test=lake.test * 2))
    with pytest.raises(RequestError, match="expected each kind of task once"):
        load_protocol("lake")


LAKE = load_protocol("lake")
TRAIN = {"train": LAKE.classes["train"]}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: None, "protocol lake: expected a function that returns a Protocol, got None"),
        (lambda: replace(LAKE, classes=TRAIN), "protocol lake: expected classes for val, got none"),
        (lambda: replace(LAKE, pairs=0), "pairs: expected a number from 1 to 1000000, got 0"),
    ],
)
def test_a_protocol_that_is_not_whole_is_refused(monkeypatch, make, message):
    monkeypatch.setattr(_protocol, "load", lambda kind, name: make)
    with pytest.raises(RequestError, match=message):
        load_protocol("lake")


def test_overlap_names_the_shared_classes():
    assert overlap(("a", "b", "c"), ("c", "d", "b")) == ["b", "c"]


def test_small_groups_are_named_with_their_size():
    assert small_groups(("A/1", "A/2", "B/1"), 2) == ["B (1)"]


def test_a_protocol_may_be_called_with_hyphens():
    assert asked_parts("lake-small1", None, None, [])[2] == load_protocol("lake_small1")
    with pytest.raises(RequestError, match="unknown protocol 'lake_smal1': did you mean lake_small1"):
        asked_parts("lake-smal1", None, None, [])


def test_a_turned_class_is_made_of_the_unturned_one():
    assert [unturned(f"Greek/character01/{turn}") for turn in TURNS] == ["Greek/character01"] * 4
    for name in ("Greek/character01", "Greek/rot45", "rot090", "Greek/rot090/character01", "Greek/xrot090", ""):
        assert unturned(name) == name


def test_all_turns_of_a_class_overlap():
    assert overlap(("A/1/rot000", "A/2/rot090", "A/3"), ("A/1/rot270", "A/2", "A/4/rot090")) == ["A/1", "A/2"]
    assert overlap(("A/1/rot090",), ("A/2/rot090",)) == []


def test_a_split_that_leaks_at_another_turn_is_refused(monkeypatch):
    vinyals = load_protocol("vinyals")
    name = unturned(vinyals.classes["train"][0])
    leaky = replace(vinyals, classes=vinyals.classes | {"val": (*vinyals.classes["val"], name)})
    monkeypatch.setattr(_protocol, "load", lambda kind, _: lambda: leaky)
    with pytest.raises(RequestError, match=f"train and val share 1 classes, such as {name}"):
        load_protocol("vinyals")


def test_the_classes_that_tasks_can_hold_are_those_of_the_trials_or_all_of_the_split():
    lake, vinyals = load_protocol("lake"), load_protocol("vinyals")
    assert (len(lake.classes["test"]), lake.seen_in("test")) == (659, run_classes())
    assert len(run_classes()) == 200
    assert set(run_classes()) < set(lake.classes["test"])
    assert lake.seen_in("val") == lake.classes["val"]
    assert vinyals.seen_in("test") == vinyals.classes["test"]
    assert replace(lake, test=lake.test + lake.val).seen_in("test") == lake.classes["test"]


def test_training_classes_in_a_stage_are_refused_with_their_number():
    lake, learned = load_protocol("lake"), load_protocol("vinyals").learned_from("train+val")
    with pytest.raises(RequestError) as refused:
        refuse_learned(learned, "a model", lake, "test")
    said = str(refused.value)
    assert said.startswith("a model cannot be evaluated on lake: it was trained on 78 of the 200 classes")
    assert "236 of the 659 classes of the test split, such as Atlantean/character01" in said
    assert said.count(" trained on ") == 1


@pytest.mark.parametrize(
    ("learned", "message"),
    [
        ([f"{run_classes()[0]}/rot090"], f"1 of the 200 .* 1 of the 659 .*such as {run_classes()[0]}"),
        (iter(["Angelic/character01"]), "0 of the 200 .* 1 of the 659 .*such as Angelic/character01"),
        ([run_classes()[7], f"{run_classes()[7]}/rot180"], "1 of the 200 .* 1 of the 659"),
    ],
)
def test_a_class_counts_once_at_any_turn_and_outside_the_trials_too(learned, message):
    with pytest.raises(RequestError, match=message):
        refuse_learned(learned, "a model", load_protocol("lake"), "test")


@pytest.mark.parametrize(
    ("learns", "learn", "tested", "stage", "fits"),
    [
        ("lake", "train+val", "lake", "test", True),
        ("lake", "train", "lake", "val", True),
        ("lake", "train+val", "lake", "val", False),
        ("lake_small1", "train+val", "lake", "test", True),
        ("lake_small2", "train+val", "lake_small1", "val", True),
        ("lake_small2", "val", "lake_small1", "test", True),
        ("lake_small1", "train", "lake_small2", "val", False),
        ("vinyals", "train", "koch", "test", False),
        ("koch", "train", "lake", "test", False),
        ("lake", "train+val", "vinyals", "test", True),
        ("scripts", "train+val", "lake", "test", True),
    ],
)
def test_which_protocols_go_together(learns, learn, tested, stage, fits):
    given = load_protocol(learns).learned_from(learn), "a model", load_protocol(tested), stage
    if fits:
        refuse_learned(*given)
    else:
        with pytest.raises(RequestError, match=f"^a model cannot be evaluated on {tested}: "):
            refuse_learned(*given)


def test_the_authors_of_a_split_are_of_its_classes_alone():
    lake = load_protocol("lake")
    some = replace(lake, authors={"train": ("09", "10")})
    assert some.authors_in("train") == dict.fromkeys(lake.classes["train"], ("09", "10"))
    assert some.authors_in("train+val") == some.authors_in("train")
    assert some.authors_in("test") == {}


@pytest.mark.parametrize("name", [name for name in entries("protocols") if not load_protocol(name).open])
def test_the_folds_of_a_protocol_divide_train_and_val_by_whole_groups(name):
    protocol = load_protocol(name)
    folds = [protocol.fold(number, 2) for number in (1, 2)]
    learned = sorted(protocol.learned_from("train+val"))
    assert sorted(folds[0].classes["val"] + folds[1].classes["val"]) == learned
    for fold in folds:
        assert sorted(fold.learned_from("train+val")) == learned
        assert overlap(fold.classes["train"], fold.classes["val"]) == []
        assert fold.classes["test"] == protocol.classes["test"]
        both = {group_of(one) for one in fold.classes["train"]} & {group_of(one) for one in fold.classes["val"]}
        assert both <= {"."}


def test_folds_are_dealt_out_in_the_order_of_names():
    lake = load_protocol("lake")
    alphabets = sorted({group_of(name) for name in lake.learned_from("train+val")})
    assert {group_of(name) for name in lake.fold(2, 5).classes["val"]} == set(alphabets[1::5])
    ravi = load_protocol("ravi")
    assert set(ravi.fold(1, 8).classes["val"]) == set(sorted(ravi.learned_from("train+val"))[::8])
    with pytest.raises(RequestError, match="at most the 30 groups of train and val of protocol lake, got 31"):
        lake.fold(1, 31)
    with pytest.raises(RequestError, match="at most the 80 classes of train and val of protocol ravi, got 81"):
        ravi.fold(1, 81)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": {"train": "abc"}}, "^protocol lake: expected a tuple of names of classes for train, got 'abc'"),
        ({"classes": [("a",)]}, r"^classes: expected dict, got \[\('a',\)\]"),
        ({"val": [load_protocol("lake").val[0]]}, r"^protocol lake: expected a tuple of Episodes on val, got \["),
        ({"test": (TaskShape(5, 1, 1),)}, "^protocol lake: expected a tuple of Episodes on test, got TaskShape"),
        ({"pairs": "many"}, "^pairs: expected int, got 'many'"),
        ({"pairs": -1}, "^pairs: expected a number from 1 to 1000000, got -1"),
        ({"name": None}, "^name: expected str, got None"),
        (
            {"lists": PairLists({}), "pair_authors": {"test": ("a",)}},
            "pairs of lists or by some authors, not both, got",
        ),
        ({"authors": {"test": ("a", 1)}}, r"expected a tuple of names of authors for test, got \('a', 1\)"),
    ],
)
def test_a_protocol_of_wrong_types_is_refused(change, message):
    with pytest.raises(RequestError, match=message):
        replace(load_protocol("lake"), **change)


def test_a_class_named_twice_is_refused():
    with pytest.raises(RequestError, match="expected each class of val once, got 'a'"):
        replace(LAKE, classes=LAKE.classes | {"val": ("a", "a", "b")})
