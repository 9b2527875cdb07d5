"""What `--set`, `--split` and `--skip-damaged` make of a suite's table."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.suites.overrides import change, change_dataset, make_room, setting


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


@pytest.mark.parametrize("text", ["a", "=3", "+=3", ".=3", ""])
def test_what_is_no_setting_is_refused(text):
    with pytest.raises(RequestError, match="expected KEY=VALUE or KEY"):
        setting(text)


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
    make_room({} | table, "search", "flip")
    assert table["training"] == {"crop": 0.5}
