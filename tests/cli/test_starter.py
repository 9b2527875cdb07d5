"""A folder's first suite: tasks that its classes allow, and a text that is a suite."""

import math

import pytest

from fewshot.cli.starter import starter, starter_suite
from fewshot.core.errors import RequestError
from fewshot.suites.suite import read_suite


def classes(*sizes: int) -> dict[str, int]:
    return {f"c{number:03d}": count for number, count in enumerate(sizes)}


def values(*sizes: int, side: int = 64) -> dict[str, object]:
    chosen = starter({"": classes(*sizes)}, side)
    return chosen.values | {"min_images": chosen.min_images, "shares": chosen.shares}


def test_large_classes_give_the_tasks_of_the_field():
    found = values(*[40] * 50)
    assert (found["way"], found["shots"], found["query"]) == (5, [1, 5], 15)
    assert (found["shares"], found["min_images"]) == ("0.6/0.2/0.2", 0)
    assert (found["train"], found["val"], found["test"]) == (30, 10, 10)


def test_folders_of_classes_are_kept_whole_where_every_split_has_enough():
    people = {f"p{person}/{session}": 12 for person in range(6) for session in range(4)}
    chosen = starter({"": people}, 64)
    assert (chosen.groups, chosen.shares, chosen.classes) == ("keep", "0.6/0.2/0.2", {"train": 16, "val": 4, "test": 4})
    assert 'groups = "keep"  # folders of classes' in starter_suite("folder:x", 1, "faces", chosen)
    for few in ({f"{name}/{number}": 12 for name in ("forged", "genuine") for number in range(20)},
                {f"{n}/only": 12 for n in range(4)} | {f"4/{n}": 12 for n in range(9)}):  # fmt: skip
        chosen = starter({"": few}, 64)
        assert chosen.groups == "divide"
        assert "groups" not in starter_suite("folder:x", 1, "signatures", chosen)


def test_folders_with_images_beside_classes_are_divided_by_class():
    beside = {f"{animal}/{part}": 12 for animal in ("cat", "dog", "bird", "fish") for part in ("one", "two", "three")}
    assert starter({"": beside | {"cat": 12}}, 64).groups == "divide"


@pytest.mark.parametrize(
    ("images", "shots", "query"), [(20, [1, 5], 15), (12, [1, 5], 7), (10, [1, 5], 5), (9, [1], 8), (2, [1], 1)]
)
def test_queries_are_those_that_the_smallest_class_allows(images, shots, query):
    found = values(*[images] * 20, *[30] * 20)
    assert (found["shots"], found["query"], found["min_images"]) == (shots, query, 0)
    assert found["train_query"] == min(4, images - 1)


def test_a_few_small_classes_are_left_out_where_most_images_stay():
    found = values(*[30] * 20, 3, 1, 0)
    assert (found["min_images"], found["query"]) == (20, 15)
    assert found["train"] + found["val"] + found["test"] == 20
    assert values(*[30] * 20, *[8] * 15)["min_images"] == 0  # 37 % of the images


def test_a_class_with_damaged_images_is_left_out_or_large_enough_without_them():
    counts = {"": classes(*[12] * 30)}
    assert starter(counts, 64, {"c003": 2}).values["query"] == 5  # of 10 images
    counts[""]["c003"] = 11
    assert starter(counts, 64, {"c003": 2}).min_images == 12


def test_classes_of_one_image_do_not_count():
    found = values(*[12] * 20, *[1] * 500)
    assert (found["min_images"], found["shots"], found["query"]) == (12, [1, 5], 7)


@pytest.mark.parametrize(
    ("number", "parts"),
    [(8, (2, 3, 3)), (9, (3, 3, 3)), (13, (7, 3, 3)), (16, (8, 4, 4)), (22, (12, 5, 5)), (25, (15, 5, 5))],
)
def test_few_classes_leave_three_or_more_to_val_and_test(number, parts):
    found = values(*[6] * number)
    assert (found["train"], found["val"], found["test"]) == parts
    assert found["way"] == min(5, parts[1])
    assert math.isclose(sum(map(float, found["shares"].split("/"))), 1)


def test_a_split_of_the_folder_s_own_is_kept():
    counts = {"train": classes(*[9] * 30), "val": {"v1": 9, "v2": 9, "v3": 9}, "test": {"t1": 4, "t2": 9, "t3": 9}}
    chosen = starter(counts, 64)
    assert (chosen.shares, chosen.min_images, chosen.values["query"]) == ("", 0, 3)  # three test classes are needed
    counts["test"]["t4"] = 9
    assert (starter(counts, 64).min_images, starter(counts, 64).values["query"]) == (9, 8)


@pytest.mark.parametrize(
    ("counts", "message"),
    [({"": classes(*[9] * 7)}, r"at least 8 classes .* \(2 for train, 3 for val, 3 for test: .* got 7$"),
     ({"": classes(*[1] * 90, *[2] * 7)}, "two or more images .* got 7$"),
     ({"train": classes(5, 5), "val": {"a": 5, "b": 5}, "test": classes(5)}, "got 2 for train, 2 for val, 1 for test")],
)  # fmt: skip
def test_too_few_classes_are_refused(counts, message):
    with pytest.raises(RequestError, match=message):
        starter(counts, 64)


def test_larger_images_are_used_larger_for_fewer_steps():
    found = [values(*[20] * 40, side=side) for side in (5, 28, 50, 640)]
    assert [one["size"] for one in found] == [16, 28, 48, 64]
    assert [one["steps"] for one in found] == [1000, 1000, 800, 400]
    assert [starter({"": classes(*[20] * 40)}, side).resize for side in (5, 30, 31, 640)] == [0, 0, 31, 72]


def test_the_text_is_a_suite_whatever_the_folder_is_called(tmp_path):
    name = 'folder:a "b" $size\\ö\n螺\x7f'
    text = starter_suite(name, 1, "40 classes", starter({"": classes(*[20] * 40)}, 64))
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    suite = read_suite(str(tmp_path / "mine.toml"))
    assert (len(suite.cells), suite.specs[0].dataset.name) == (4, name)
    assert suite.specs[0].dataset.options["channels"] == 1
    assert suite.specs[0].protocol.options["query"] == 15


def test_the_bits_of_16_bit_grey_stand_in_the_suite():
    chosen = starter({"": classes(*[20] * 40)}, 64)
    assert "bits = 12  # in use" in starter_suite("folder:x", 1, "scans", chosen, 12)
    assert "bits" not in starter_suite("folder:x", 1, "faces", chosen)
