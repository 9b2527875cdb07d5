"""The protocol `pairs`: the split that follows from its lists, folds, and missing lists."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.data.pair_list import class_in
from fewshot.protocols import load_protocol, with_own_split
from fewshot.registry.lookup import make_part

FOLDS = "3\t1\n" + "".join(
    f"p{one}\t1\t2\np{one}\t1\tp{two}\t2\n" for one, two in (("00", "01"), ("02", "03"), ("04", "05"))
)


@pytest.fixture
def data(photographs, tmp_path):
    """The folder of twelve people, p00 to p11, and one with lists."""
    (tmp_path / "folds.txt").write_text(FOLDS)
    (tmp_path / "test.csv").write_text("left,right,same\np08/0.png,p08/1.png,1\np08/0.png,p03/0.png,0\np99/1,p98/1,0\n")
    (tmp_path / "val.csv").write_text("left,right,same\np00/0,p00/1,1\np00/1,p01/1,0\n")
    return [photographs, tmp_path]


def split(folders, **options) -> dict[str, list[str]]:
    dataset = make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25"})
    found = with_own_split(make_part("protocols", "pairs", options), dataset, folders)
    return {one: [name[1:] for name in names] for one, names in found.classes.items()}


def test_a_stage_has_the_classes_that_its_list_names_and_train_all_others(data):
    found = split(data, test="test.csv", val="val.csv")
    assert (found["test"], found["val"]) == (["03", "08"], ["00", "01"])
    assert sorted(found["train"]) == ["02", "04", "05", "06", "07", "09", "10", "11"]


def test_without_a_list_val_keeps_its_own_classes_that_test_does_not_name(data):
    own = with_own_split("held_out", make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25"}), data)
    found = split(data, test="test.csv")
    assert found["val"] == [name[1:] for name in own.classes["val"] if name not in ("p03", "p08")]
    assert len(found["train"]) + len(found["val"]) == 10


def test_a_fold_is_tested_and_the_next_one_is_val(data):
    for fold, test, val in ((1, ["00", "01"], ["02", "03"]), (3, ["04", "05"], ["00", "01"])):
        found = split(data, test="folds.txt", fold=fold)
        assert (sorted(found["test"]), sorted(found["val"]), len(found["train"])) == (test, val, 8)
    assert sorted(split(data, test="folds.txt", fold=2, val="val.csv")["val"]) == ["00", "01"]
    with pytest.raises(RequestError, match=r"fold: expected one of 3 in folds.txt, got 4"):
        split(data, test="folds.txt", fold=4)


def test_lists_that_meet_are_refused(data):
    with pytest.raises(
        RequestError, match="expected lists of other classes for val and test, both name 2, such as p00"
    ):
        split(data, test="folds.txt", val="val.csv")
    with pytest.raises(RequestError, match=r"list of pairs nothing.txt: expected a file in"):
        split(data, test="nothing.txt")


def test_a_fold_of_a_search_draws_its_val_pairs(data):
    dataset = make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25"})
    found = with_own_split(make_part("protocols", "pairs", {"test": "test.csv", "val": "val.csv"}), dataset, data)
    assert (len(found.named_pairs("val")), len(found.fold(1, 5).named_pairs("val"))) == (2, 0)
    assert found.fold(1, 5).named_pairs("test") == found.named_pairs("test")
    assert (len(found.lists.digests["pairs of val"]), found.lists.digests.keys()) == (
        64,
        {"pairs of test", "pairs of val"},
    )


def test_values_out_of_range_are_refused():
    for options, message in (
        ({"missing": "ignore"}, "unknown missing 'ignore': expected one of count, refuse"),
        ({"fold": -1}, "fold: expected a number of at least 0"),
        ({"episodes": 1}, "episodes: expected a number of at least 2"),
    ):
        with pytest.raises(RequestError, match=message):
            load_protocol(make_part("protocols", "pairs", options))
    assert load_protocol(make_part("protocols", "pairs", {"episodes": 0})).test == ()


def test_without_a_list_test_keeps_its_own_classes_that_val_does_not_name(data):
    own = with_own_split("held_out", make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25"}), data)
    found = split(data, test="", val="val.csv")
    assert found["val"] == ["00", "01"]
    assert found["test"] == [name[1:] for name in own.classes["test"] if name not in ("p00", "p01")]
    assert len(found["train"]) == 10 - len(found["test"])
    with pytest.raises(RequestError, match="fold: expected a list test with folds, got none, and fold 2"):
        split(data, test="", val="val.csv", fold=2)


def test_folds_are_in_the_order_of_their_numbers_and_every_line_has_one(data):
    text = "left,right,same,fold\np00/1,p00/2,1,10\np01/1,p02/1,0,10\np03/1,p03/2,1,2\np04/1,p05/1,0,2"
    (data[1] / "own.csv").write_text(text)
    assert split(data, test="own.csv", fold=1)["test"] == ["03", "04", "05"]
    (data[1] / "own.csv").write_text(f"{text}\np06/1,p06/2,1,")
    with pytest.raises(RequestError, match="line 6: expected a fold, as other lines have one, got none"):
        split(data, test="own.csv", fold=1)
    with pytest.raises(RequestError, match="line 6: expected a fold, as other lines have one, got none"):
        split(data, test="own.csv")


def test_folds_need_pairs_of_both_kinds_outside_each_for_its_threshold(data):
    lines = ["left,right,same,fold", "p00/1,p00/2,1,a", "p01/1,p02/1,0,b", "p03/1,p03/2,1,c", "p04/1,p05/1,0,c"]
    (data[1] / "own.csv").write_text("\n".join(lines))
    assert split(data, test="own.csv")
    (data[1] / "own.csv").write_text("\n".join(lines[:3]))
    with pytest.raises(RequestError, match=r"own\.csv: expected pairs of both kinds outside fold a, for its threshold"):
        split(data, test="own.csv")


def test_an_image_behind_the_folder_of_its_split_names_its_class():
    assert class_in("test/Bob/1.png", {"Bob", "Cid"}) == "Bob"
    assert class_in("tests of cats/Bob/1.png", {"Bob"}) == ""
    assert class_in("test/1.png", {"Bob"}) == ""
