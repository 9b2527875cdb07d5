"""The one exception, and the hint in it."""

import pickle

import pytest

from fewshot.core.errors import RequestError, at, of_part, unknown


def test_an_unknown_name_gets_the_nearest_and_all_names():
    error = unknown("loss", "tripet", ["contrastive", "triplet"])
    assert isinstance(error, RequestError)
    assert str(error) == "unknown loss 'tripet': did you mean triplet? expected one of contrastive, triplet"


def test_a_name_like_no_other_gets_no_hint():
    assert str(unknown("loss", "zzz", {"b", "a"})) == "unknown loss 'zzz': expected one of a, b"


def test_without_valid_names_the_message_lists_none():
    assert str(unknown("option of pixels", "margin", {})) == "unknown option of pixels 'margin': expected one of (none)"


def test_many_names_are_not_all_listed_if_some_are_near():
    names = [f"loss{number}" for number in range(100)]
    assert str(unknown("loss", "loss42x", names)).startswith("unknown loss 'loss42x', one of 100: did you mean loss42")
    assert "loss77" in str(unknown("loss", "zzz", names))


def test_a_message_is_one_line_that_no_terminal_obeys():
    assert str(RequestError("got 'é\x1b[2J\r\n\u2028'")) == r"got 'é\x1b[2J\r\n\u2028'"


def test_an_error_gets_the_keys_around_it_and_keeps_them_in_another_process():
    with pytest.raises(RequestError) as refused, at("cells", 1), at("training"):
        raise RequestError("steps: expected int", "steps")
    for error in (refused.value, pickle.loads(pickle.dumps(refused.value))):
        assert (str(error), error.where) == ("steps: expected int", ("cells", 1, "training", "steps"))


@pytest.mark.parametrize(("keys", "where"), [((), ("loss",)), (("margin",), ("options", "triplet", "margin"))])
def test_an_error_of_a_part_stands_with_its_option_or_its_name(keys, where):
    with pytest.raises(RequestError) as refused, of_part("loss", "triplet"):
        raise RequestError("no", *keys)
    assert refused.value.where == where
