"""Ranks of scores of both kinds of pair, with many ties, against loops."""

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.core.statistics.ranks import rank


def test_each_pair_exceeds_as_many_of_the_other_kind_as_are_lower_and_ties_count_half():
    draw = np.random.default_rng(0)
    same, different = draw.integers(0, 4, (3, 7)) * 1.0, draw.integers(0, 4, (3, 5)) * 1.0
    same[0, 0] = -np.inf  # a failure to acquire
    found = rank(same, different).twice_beaten
    for row, (own, other) in enumerate(zip(same, different, strict=True)):
        expected = [sum(2 * (a > b) + (a == b) for b in other) for a in own]
        expected += [sum(2 * (a > b) + (a == b) for b in own) for a in other]
        assert found[row].tolist() == expected


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_refused(wrong):
    with pytest.raises(RequestError):
        rank([[1.0, wrong]], [[0.0, 2.0]])
