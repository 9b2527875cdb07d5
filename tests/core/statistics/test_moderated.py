"""Moderated variances: between each one's own and the common one."""

import numpy as np
import pytest
from scipy.special import polygamma

from fewshot.core.statistics.moderated import TRUST, _trigamma_inverse, moderated


def estimates(true: np.ndarray, degrees: int, seed: int = 0) -> np.ndarray:
    return true * np.random.default_rng(seed).chisquare(degrees, len(true)) / degrees


def test_equal_variances_are_pooled():
    found, degrees = moderated(np.array([1.0, 1.1, 0.9, 1.0]), np.full(4, 10.0))
    assert found == pytest.approx(np.ones(4))
    assert degrees == pytest.approx(np.full(4, 40))


def test_different_variances_are_drawn_towards_each_other_in_their_order():
    true = np.exp(np.random.default_rng(1).normal(0, 0.5, 200))
    own = estimates(true, 4)
    found, degrees = moderated(own, np.full(200, 4.0))
    assert (found.argsort() == own.argsort()).all()
    assert np.log(found).std() < np.log(own).std()
    assert np.abs(np.log(found / true)).mean() < 0.8 * np.abs(np.log(own / true)).mean()
    assert 4 < degrees[0] < 40


def test_two_variances_and_variances_of_zero_stay():
    for variances in (np.array([1.0, 9.0]), np.zeros(5), np.array([])):
        degrees = np.full(len(variances), 2.0)
        assert moderated(variances, degrees)[0] is variances


def test_a_variance_of_zero_among_others_is_no_certainty():
    found, _ = moderated(np.array([0.0, 1.0, 4.0, 0.2]), np.full(4, 2.0))
    assert (found > 0).all()


@pytest.mark.parametrize("value", [1e-6, 0.01, 1, 50, 1e9])
def test_the_inverse_of_the_trigamma_function(value):
    assert polygamma(1, _trigamma_inverse(value)) == pytest.approx(value, rel=1e-6)


def test_the_common_value_is_that_which_the_variances_were_drawn_around():
    draw, common, prior = np.random.default_rng(0), 2.0, 6.0
    own = estimates(common * prior / draw.chisquare(prior, 100_000), 4)
    found, degrees = moderated(own, np.full(len(own), 4.0))
    assert degrees[0] == pytest.approx(4 + TRUST * prior, rel=0.03)
    drawn_to = (found * degrees - own * 4) / (degrees - 4)
    assert drawn_to == pytest.approx(np.full(len(own), common), rel=0.02)
