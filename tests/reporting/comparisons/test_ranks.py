"""Ranks and groups by paired differences."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from fewshot.reporting.comparisons.differences import differences
from fewshot.reporting.comparisons.ranks import letters_of, ranks
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import read_suite

TASK = "5-way 1-shot"


@pytest.fixture
def methods(make_record):
    """Four methods with means far apart, but for the second and the third."""
    draw, found = np.random.default_rng(0), []
    for spec, mean in zip(read_suite("quickstart").specs, (0.5, 0.9, 0.7, 0.7), strict=False):
        values = np.clip(mean + draw.normal(0, 0.04, 40), 0, 1).round(6).tolist()
        found.append(replace(make_record(spec), accuracy={TASK: values}))
    return summarise(found)


def test_a_method_is_behind_those_that_it_is_told_apart_from(methods):
    found = ranks(methods)[TASK]
    worst, best, *middle = (found[one.spec.id] for one in methods)
    assert (str(best), best.groups) == ("1", "a")
    assert {(str(one), one.groups) for one in middle} == {("2–3", "b")}
    assert (worst.first, worst.last, worst.of, worst.groups) == (4, 4, 4, "c")


def test_a_method_alone_has_no_rank(methods):
    assert ranks(methods[:1]) == {}


def test_letters_are_shared_by_those_that_are_not_told_apart_and_by_no_others():
    draw, names = np.random.default_rng(1), "pqrstu"
    for _ in range(50):
        pairs = {pair for pair in combinations(names, 2) if draw.random() < 0.4}
        letters = letters_of(names, pairs | {(other, one) for one, other in pairs})
        for one, other in combinations(names, 2):
            assert bool({*letters[one]} & {*letters[other]}) == ((one, other) not in pairs)
    assert letters_of("xyz", {("x", "z"), ("z", "x")}) == {"x": "a", "y": "ab", "z": "b"}


def test_ranks_hold_the_order_of_means(methods):
    found = ranks(methods)[TASK]
    order = sorted(methods, key=lambda one: -one.accuracy[TASK].mean())
    assert all(found[one.spec.id].first <= place <= found[one.spec.id].last for place, one in enumerate(order, 1))
    assert sum(one.told_apart for one in differences(methods, TASK)) == 5


def test_more_letters_than_the_alphabet_has_pairs_of_letters_hold_too():
    names = [f"{number}" for number in range(21)]  # of three in a row each two are apart: 3⁷ groups cannot grow
    apart = {(one, other) for one, other in combinations(names, 2) if int(one) // 3 == int(other) // 3}
    letters = letters_of(names, apart)
    sets = {name: {*(text.split(" ") if " " in "".join(letters.values()) else text)} for name, text in letters.items()}
    assert all(bool(sets[one] & sets[other]) == ((one, other) not in apart) for one, other in combinations(names, 2))
