"""Lists of named pairs: LFW's forms, CSV, and the classes that they name."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.data.pair_list import NamedPair, class_in, of_classes, read_pair_list


def listed(folder, text: str, name: str = "pairs.txt") -> tuple[NamedPair, ...]:
    (folder / name).write_text(text, "utf-8")
    return read_pair_list(folder / name)


FOLDS = "2\t1\nAnn\t1\t4\nAnn\t2\tBo_Li\t1\nÉva\t3\t12\nÉva\t1\tZoë\t007\n"


def test_lfw_with_folds(tmp_path):
    assert listed(tmp_path, FOLDS) == (
        NamedPair("Ann/1", "Ann/4", True, "1", line=2),
        NamedPair("Ann/2", "Bo_Li/1", False, "1", line=3),
        NamedPair("Éva/3", "Éva/12", True, "2", line=4),
        NamedPair("Éva/1", "Zoë/7", False, "2", line=5),
    )


def test_lfw_without_folds(tmp_path):
    found = listed(tmp_path, "2\nAnn\t1\t2\nBo\t1\t2\nAnn\t1\tBo\t2\nAnn\t2\tCy\t1\n")
    assert [(one.left, one.right, one.same, one.fold) for one in found] == [
        ("Ann/1", "Ann/2", True, ""), ("Bo/1", "Bo/2", True, ""),
        ("Ann/1", "Bo/2", False, ""), ("Ann/2", "Cy/1", False, ""),
    ]  # fmt: skip


def test_a_fold_has_all_its_pairs(tmp_path):
    fold = "Ann\t1\t2\nE\u0301va\t1\t2\nAnn\t1\tBo\t1\nAnn\t2\tBo\t2\n"
    found = listed(tmp_path, "2\t2\n" + 2 * fold)
    kinds = (True, True, False, False)
    assert [(one.same, one.fold) for one in found] == [(same, fold) for fold in "12" for same in kinds]
    assert found[1].left == "\u00c9va/1"


def test_csv_has_its_columns_in_any_order_and_quoted_names(tmp_path):
    text = '\ufeffrole,same,right,left,fold\nskilled,0,"w1/b, 2.png",w1/a.png,x\n,TRUE,w2/1,w2/2,y\n\n'
    assert listed(tmp_path, text, "p.CSV") == (
        NamedPair("w1/a.png", "w1/b, 2.png", False, "x", "skilled", 2),
        NamedPair("w2/2", "w2/1", True, "y", "", 3),
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.txt", "", "line 1: expected the number of pairs of each kind"),
        ("p.txt", "ten\n", "line 1: expected the number of pairs of each kind, .* got ten"),
        ("p.txt", "1\nAnn\t1\t2\n", "expected 2 pairs after the first line, got 1"),
        ("p.txt", "1\nAnn\t1\t2\nAnn\t1\t3\n", "line 3: expected two names, each before a number, got Ann 1 3"),
        ("p.txt", "1\nAnn\t1\tx\nAnn\t1\tBo\t1\n", "line 2: expected a name and two numbers, got Ann 1 x"),
        ("p.txt", "0\n", "expected 1 to 1,000,000 pairs, got 0"),
        ("p.txt", "1\nAnn\t1\t1\nAnn\t1\tBo\t1\n", "line 2: expected two images, got Ann/1 twice"),
        ("p.csv", "", "line 1: expected the columns left,right,same .* got none"),
        ("p.csv", "left,right,same,age\n", "line 1: expected the columns"),
        ("p.csv", "left,right,same\na/1,b/1\n", "line 2: expected 3 cells, with two images, got a/1,b/1"),
        ("p.csv", "left,right,same\n,b/1,1\n", "line 2: expected 3 cells, with two images"),
        ("p.csv", "left,right,same\na/1,b/1,yes\n", "line 2: expected 1, 0, true or false under same"),
        ("p.csv", 'left,right,same\n"a/1,b/1,1\n', "line 2: expected CSV with commas"),
        ("p.csv", "left,right,same\n", "expected 1 to 1,000,000 pairs, got 0"),
    ],
)
def test_a_list_of_another_form_is_refused_with_its_line(tmp_path, name, text, message):
    with pytest.raises(RequestError, match=message):
        listed(tmp_path, text, name)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "p.txt").write_bytes(b"\xff\xfe")
    for file, why in (("p.txt", "bytes that are no UTF-8"), ("q.txt", "No such file"), (".", "a folder, no file")):
        with pytest.raises(RequestError, match=f"expected a list of pairs, got: {why}"):
            read_pair_list(tmp_path / file)


def test_the_classes_that_pairs_name():
    classes = ["Greek/a", "Greek", "Ann"]
    assert [class_in(name, {*classes}) for name in ("Greek/a/1", "Greek/1", "Ann/x/2.png", "Bo/1", "Ann")] == [
        "Greek/a", "Greek", "Ann", "", "",
    ]  # fmt: skip
    assert of_classes([NamedPair("Ann/1", "Bo/1", False)], classes) == {"Ann"}
