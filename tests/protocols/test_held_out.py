"""Tasks on a data set's own split, with the options of a suite."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import make_part

CLASSES = {"train": ["a", "b"], "val": ["c"], "test": ["d", "e"]}


def held_out(**options):
    return load_protocol(make_part("protocols", "held_out", options))


def test_it_has_no_classes_without_a_data_set():
    found = held_out()
    assert found.open
    assert (found.dataset, found.classes) == ("", {})
    posed = found.with_own_split("folder:own", CLASSES)
    assert not posed.open
    assert (posed.dataset, posed.learned_from("train+val")) == ("folder:own", ("a", "b", "c"))
    assert load_protocol("held_out") == found


def test_its_options_say_which_tasks_are_posed():
    assert [one.name for one in held_out().test] == ["5-way 1-shot", "5-way 5-shot"]
    found = held_out(way=8, shots=[3], query=2, episodes=40, val_episodes=30, pairs=20, verify=True)
    assert [(one.shape, one.number) for one in found.test] == [(TaskShape(8, 3, 2), 40)]
    assert [(one.shape, one.number) for one in found.val] == [(TaskShape(8, 3, 2), 30)]
    assert (found.pairs, found.verify) == (20, True)


def test_open_set_tasks_have_half_of_the_classes_known():
    *_, kind = held_out(way=8, shots=[1], query=4, open_set=50).test
    assert (kind.name, kind.number, kind.drawn.way) == ("4-way 1-shot, open set", 50, 8)
    assert make_part("protocols", "held_out", {"open_set": 0}) == make_part("protocols", "held_out")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"way": 3, "open_set": 10}, "open_set: expected a way of at least 4, half of it known, got 3"),
        ({"open_set": -1}, "open_set: expected a number from 0"),
        ({"way": 1}, "way: expected a whole number of at least 2, got 1"),
        ({"shots": [1, 0]}, "shot: expected a whole number of at least 1, got 0"),
        ({"shots": [5, 5]}, "expected each kind of task once in a stage, got 5-way 5-shot, 5-way 5-shot"),
        ({"shots": []}, "expected list like"),
        ({"episodes": 1}, "episodes: expected a number from 2 to 1000000, got 1"),
        ({"pairs": 0}, "pairs: expected a number from 1 to 1000000, got 0"),
        ({"val_episodes": 2**62}, "val_episodes: expected a number from 2 to 1000000, got"),
        ({"ways": 5}, "unknown option of held_out 'ways': did you mean way"),
    ],
)
def test_a_wrong_option_is_refused(options, message):
    with pytest.raises(RequestError, match=message):
        held_out(**options)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (CLASSES | {"test": ["d", "a"]}, "protocol held_out: train and test share 1 classes, such as a"),
        (CLASSES | {"val": []}, "expected classes for val in the split of folder:own, got none"),
        ({"train": ["a"], "test": ["b"]}, "expected classes for val in the split of folder:own, got none"),
    ],
)
def test_a_split_that_leaks_or_lacks_a_part_is_refused(classes, message):
    with pytest.raises(RequestError, match=message):
        held_out().with_own_split("folder:own", classes)
