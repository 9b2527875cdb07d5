"""The one exception, and the hint in it."""

from fewshot.core.errors import RequestError, unknown


def test_an_unknown_name_is_told_the_nearest_and_all():
    error = unknown("loss", "tripet", ["contrastive", "triplet"])
    assert isinstance(error, RequestError)
    assert str(error) == "unknown loss 'tripet': did you mean triplet? expected one of contrastive, triplet"


def test_a_name_like_no_other_gets_no_hint():
    assert str(unknown("loss", "zzz", {"b", "a"})) == "unknown loss 'zzz': expected one of a, b"


def test_where_nothing_is_valid_it_says_so():
    assert str(unknown("option of pixels", "margin", {})) == "unknown option of pixels 'margin': expected one of (none)"


def test_many_names_are_not_all_told_where_some_are_near():
    names = [f"loss{number}" for number in range(100)]
    assert str(unknown("loss", "loss42x", names)).startswith("unknown loss 'loss42x', one of 100: did you mean loss42")
    assert "loss77" in str(unknown("loss", "zzz", names))
