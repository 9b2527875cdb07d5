from dataclasses import replace

import pytest

from fewshot import protocols
from fewshot.errors import RequestError
from fewshot.protocols import load_protocol, overlap, small_groups
from fewshot.registry import entries


@pytest.mark.parametrize("name", entries("protocols"))
def test_every_protocol_is_complete_and_disjoint(name):
    found = load_protocol(name)
    assert found.name == name
    assert found.dataset in entries("datasets")
    assert all(found.classes[split] for split in protocols.SPLITS)
    assert found.learned_from("train+val") == found.classes["train"] + found.classes["val"]
    assert found.selects_by == found.val[0]


def test_a_split_that_leaks_is_refused(monkeypatch):
    lake = load_protocol("lake")
    leaky = replace(lake, classes=lake.classes | {"test": (*lake.classes["test"], lake.classes["train"][3])})
    monkeypatch.setattr(protocols, "load", lambda kind, name: lambda: leaky)
    with pytest.raises(RequestError, match=f"train and test share 1 classes, such as {lake.classes['train'][3]}"):
        load_protocol("lake")


def test_two_kinds_of_task_of_one_name_are_refused(monkeypatch):
    lake = load_protocol("lake")
    monkeypatch.setattr(protocols, "load", lambda kind, name: lambda: replace(lake, test=lake.test * 2))
    with pytest.raises(RequestError, match="called the same"):
        load_protocol("lake")


def test_overlap_names_the_shared_classes():
    assert overlap(("a", "b", "c"), ("c", "d", "b")) == ["b", "c"]


def test_small_groups_are_named_with_their_size():
    assert small_groups(("A/1", "A/2", "B/1"), 2) == ["B (1)"]
