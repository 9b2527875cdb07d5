"""An open protocol takes the classes of the data set's own split, and nothing else goes with it."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.protocols import check_goes_with, load_protocol, with_own_split
from fewshot.registry.lookup import add_plugin, make_part

OWN = '''"""A data set that says its split."""

from fewshot import dataset


def splits(folders, *, turned=False):
    """One class each."""
    names = {"train": ["a"], "val": ["b"], "test": ["c"]}
    return dict(zip(names, reversed(names.values()))) if turned else names


@dataset(splits=splits)
def lists(classes, size, folders, *, turned: bool = False):
    """Never decoded here."""
'''


def test_the_classes_are_those_of_the_folder(photographs):
    data = make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25"})
    found = with_own_split("held_out", data, [photographs])
    assert found.dataset == "folder:people"
    assert {split: len(names) for split, names in found.classes.items()} == {"train": 6, "val": 3, "test": 3}
    assert sorted(sum(found.classes.values(), ())) == [f"p{number:02d}" for number in range(12)]
    other = with_own_split("held_out", make_part("datasets", "folder:people", {"split": "0.6/0.2/0.2"}), [photographs])
    assert len(other.classes["train"]) == 7


def test_a_data_sets_split_uses_its_options(tmp_path):
    (tmp_path / "lists.py").write_text(OWN)
    add_plugin(tmp_path / "lists.py")
    assert with_own_split("held_out", make_part("datasets", "lists"), []).classes["train"] == ("a",)
    assert with_own_split("held_out", make_part("datasets", "lists", {"turned": True}), []).classes["train"] == ("c",)


def test_any_other_protocol_stays_as_it_is():
    assert with_own_split("scripts", make_part("datasets", "typefaces"), []) == load_protocol("scripts")


@pytest.mark.parametrize(
    ("protocol", "dataset", "message"),
    [
        ("lake", "typefaces", "protocol lake: expected data set omniglot, got typefaces"),
        ("lake", "folder:people", "protocol lake: expected data set omniglot, got folder:people"),
        ("held_out", "omniglot", "needs a data set with a split of its own: expected .*folder:PATH.*, got omniglot"),
        ("held_out", "folders:people", "unknown dataset 'folders:people': did you mean folder:PATH"),
        ("held_out", "folder", "expected folder:PATH, got 'folder'"),
    ],
)
def test_a_wrong_combination_is_refused_without_data(protocol, dataset, message):
    with pytest.raises(RequestError, match=message):
        check_goes_with(load_protocol(protocol), dataset)


def test_data_that_are_not_there_are_named(tmp_path):
    with pytest.raises(RequestError, match="folder:absent: expected a folder or zip file absent in"):
        with_own_split("held_out", make_part("datasets", "folder:absent"), [tmp_path])
