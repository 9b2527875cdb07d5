"""miniImageNet's usual tasks."""

from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.miniimagenet import classes
from fewshot.data.class_lists.names import small_groups
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import find, make_part


def test_its_classes_and_tasks():
    found = load_protocol("ravi")
    assert found.dataset == "miniimagenet"
    assert {split: len(names) for split, names in found.classes.items()} == {"train": 64, "val": 16, "test": 20}
    assert found.classes == classes()
    shapes = [TaskShape(5, 1, 15), TaskShape(5, 5, 15)]
    assert [(one.shape, one.number) for one in found.test] == [(shape, 10_000) for shape in shapes]
    assert [one.shape for one in found.val] == shapes
    assert not found.verify


def test_it_has_no_options_so_that_it_cannot_be_another_task_of_the_same_name():
    assert make_part("protocols", "ravi").options == {}


def test_classes_without_a_group_are_of_one():
    assert small_groups(load_protocol("ravi").classes["train"], 64) == []


def test_weights_that_were_pretrained_have_seen_its_images():
    assert find("datasets", "miniimagenet").marks.made_of == "ImageNet"
