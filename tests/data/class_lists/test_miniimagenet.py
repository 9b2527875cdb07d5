import re

from fewshot.data.class_lists.miniimagenet import classes


def test_the_list_has_64_16_and_20_wordnet_ids_and_none_twice():
    found = classes()
    assert {split: len(names) for split, names in found.items()} == {"train": 64, "val": 16, "test": 20}
    assert len(set().union(*found.values())) == 100
    assert all(re.fullmatch(r"n\d{8}", name) for names in found.values() for name in names)
    assert all(list(names) == sorted(names) for names in found.values())


def test_classes_stand_in_the_split_of_ravi_and_larochelle():
    found = classes()
    assert "n01532829" in found["train"]  # house finch
    assert "n02091244" in found["val"]  # Ibizan hound
    assert "n02099601" in found["test"]  # golden retriever
