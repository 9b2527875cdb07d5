"""A class with too few images for its tasks is named, with the option that leaves it out."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.spec.run_spec import Part
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import make_part
from fewshot.tasks.class_sizes import check_class_sizes

PROTOCOL = make_part("protocols", "held_out", {"way": 2, "shots": [1, 3], "query": 4})


@pytest.fixture
def refusal(glyph_bank):
    """The message for banks of classes with so many images, or none: `refusal({"val": [7, 6]})`."""

    def message(images, min_images=0, dataset="folder:people", query=2) -> str:
        options = {"min_images": min_images} if min_images else {}
        recipe = Recipe(task=TaskShape(2, 1, query), steps=2)
        banks = {split: glyph_bank(len(counts), images=counts, size=8) for split, counts in images.items()}
        try:
            check_class_sizes(Part(dataset, options), load_protocol(PROTOCOL), banks, recipe)
        except RequestError as error:
            return str(error)
        return ""

    return message


def test_the_smallest_class_is_named_with_the_least_min_images_for_all_tasks(refusal):
    assert refusal({"val": [7, 8], "train": [3, 9]}) == ""
    assert refusal({"val": [7, 8, 7], "train": [2, 1, 9]}) == (
        "folder:people: 2-way 1-shot tasks of train with 2 queries need 3 images a class, but class group1/glyph1 "
        "has 1 and 1 more have too few: expected fewer queries or shots, or min_images = 7 of folder:people, which "
        "leaves small classes out"
    )
    assert "2-way 3-shot tasks of val with 4 queries need 7 images" in refusal({"val": [7, 6, 8]})
    assert "min_images = 10 of folder:people" in refusal({"val": [7, 8], "train": [3, 10]}, query=9)


def test_where_all_classes_are_too_small_none_is_to_be_left_out(refusal):
    assert refusal({"val": [6, 5]}).endswith("has 5 and 1 more have too few: expected fewer queries or shots")


def test_damaged_images_ask_for_a_larger_min_images_than_the_one_that_is_there(refusal):
    assert "min_images = 9 of" in refusal({"val": [7, 5, 8]}, min_images=7)


def test_a_data_set_without_the_option_is_left_to_the_sampler(refusal):
    assert refusal({"val": [1, 1]}, dataset="omniglot") == ""
