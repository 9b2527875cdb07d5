"""Types and ranges of values."""

import math

import pytest

from fewshot.core.checks import between, check_number, check_type
from fewshot.core.errors import RequestError


@pytest.mark.parametrize(("value", "kind"), [(1, float), (1.5, float), (True, bool), ("a", str), (2, int | dict)])
def test_a_value_of_its_type_passes(value, kind):
    check_type("it", value, kind)


@pytest.mark.parametrize(("value", "kind"), [(True, float), (True, int), (1, bool), (1.0, int), ("1", int)])
def test_a_value_of_another_type_is_refused_under_its_keys(value, kind):
    with pytest.raises(RequestError, match=f"^it: expected {kind.__name__}, got {value!r}$") as refused:
        check_type("it", value, kind, "a", 1)
    assert refused.value.where == ("a", 1)


def test_a_number_is_finite_and_in_its_range():
    check_number("rate", 0.5, 0, 1)
    for value, span in ((2, "from 0 to 1"), (-1, "from 0 to 1"), (math.nan, "from 0 to 1")):
        with pytest.raises(RequestError, match=f"^rate: expected a number {span}, got {value}$"):
            between(0, 1, rate=value)
    for value in (math.inf, 10**400):
        with pytest.raises(RequestError, match=rf"^rate: expected a number of at least 1, got {value}$") as refused:
            between(1, None, rate=value)
    assert refused.value.where == ("rate",)
    between(0, 1, rates=[0, 0.5, 1])
    with pytest.raises(RequestError, match=r"^rates: expected a number from 0 to 1, got 2$"):
        between(0, 1, rates=[1, 2])
