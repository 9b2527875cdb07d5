import unicodedata

import pytest

from fewshot.core.errors import RequestError
from fewshot.data.readers.class_split import divided

NAMES = [f"person{number}" for number in range(40)]
VAL = ("person0", "person10", "person18", "person2")  # the first four, on every machine


def test_every_class_is_in_one_split_by_the_shares():
    found = divided(NAMES, "0.6/0.2/0.2", 0)
    assert {split: len(names) for split, names in found.items()} == {"train": 24, "val": 8, "test": 8}
    assert sorted(sum(found.values(), ())) == sorted(NAMES)


def test_the_same_for_any_order_and_another_for_another_seed():
    found = divided(NAMES, "0.6/0.2/0.2", 0)
    assert divided(reversed(NAMES), "0.6/0.2/0.2", 0) == found
    assert divided(NAMES, "0.6/0.2/0.2", 1) != found
    assert found["val"][:4] == VAL


def test_names_in_another_unicode_form_are_drawn_alike():
    names = ["Zoë", "Noël", "Ångström", "Émile", "José", "Ünal"]
    composed, apart = (
        divided([unicodedata.normalize(form, name) for name in names], "0.4/0.3/0.3", 3) for form in ("NFC", "NFD")
    )
    assert {split: {unicodedata.normalize("NFC", name) for name in own} for split, own in apart.items()} == {
        split: set(own) for split, own in composed.items()
    }


@pytest.mark.parametrize("count", range(3, 30))
@pytest.mark.parametrize("split", ["0.6/0.2/0.2", "0.98/0.01/0.01", "0.01/0.01/0.98", "0.34/0.33/0.33", "0.8/0.1/0.1"])
def test_every_split_has_a_class_and_is_as_near_to_its_share_as_can_be(count, split):
    counts = [len(names) for names in divided(NAMES[:count], split, 0).values()]
    assert sum(counts) == count
    assert min(counts) >= 1
    for got, share in zip(counts, split.split("/"), strict=True):
        assert abs(got - max(1, float(share) * count)) < 2


@pytest.mark.parametrize(("count", "counts"), [(8, [5, 2, 1]), (11, [7, 2, 2]), (12, [7, 3, 2])])
def test_what_is_left_goes_where_most_is_lacking(count, counts):
    assert [len(own) for own in divided(NAMES[:count], "0.6/0.2/0.2", 0).values()] == counts


WRONG = ["", "0.6", "0.6/0.4", "0.6/0.2/0.3", "1/0/0", "1.2/-0.1/-0.1", "a/b/c", "nan/0.5/0.5", "0.6,0.2,0.2"]


@pytest.mark.parametrize("split", WRONG)
def test_shares_that_are_none_are_refused(split):
    with pytest.raises(RequestError, match=r"three shares above 0 with sum 1, such as 0\.6/0\.2/0\.2, got"):
        divided(NAMES, split, 0)


def test_too_few_classes_are_refused():
    with pytest.raises(RequestError, match="at least 3 classes to divide, got 2"):
        divided(NAMES[:2], "0.6/0.2/0.2", 0)


def test_groups_are_kept_whole():
    names = [f"{person}/{session}" for person in NAMES[:10] for session in ("morning", "evening")]
    found = divided(names, "0.6/0.2/0.2", 0, "keep")
    people = {split: {name.split("/")[0] for name in own} for split, own in found.items()}
    assert {split: len(own) for split, own in people.items()} == {"train": 6, "val": 2, "test": 2}
    assert not people["train"] & people["test"] | people["train"] & people["val"] | people["val"] & people["test"]
    assert sorted(sum(found.values(), ())) == sorted(names)
    assert people == {split: {*own} for split, own in divided(NAMES[:10], "0.6/0.2/0.2", 0).items()}
    with pytest.raises(RequestError, match="at least 3 groups to divide, got 1"):
        divided(NAMES, "0.6/0.2/0.2", 0, "keep")
    with pytest.raises(RequestError, match="unknown groups 'kept': did you mean keep"):
        divided(NAMES, "0.6/0.2/0.2", 0, "kept")


def test_a_folder_with_images_of_its_own_beside_folders_of_classes_is_no_whole_group():
    names = [f"{one}{below}" for one in "abc" for below in ("", "/s1", "/s2")]
    with pytest.raises(
        RequestError, match=r"expected images in folders of classes alone, .* directly in 3 \(a, b, c\)$"
    ):
        divided(names, "0.4/0.3/0.3", 0, "keep")
    assert divided(names, "0.4/0.3/0.3", 0)["train"]
