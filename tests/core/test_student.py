"""Student's t, against scipy."""

import pytest
from scipy import stats

from fewshot.core.stats import t_quantile, t_tail

FREEDOMS = [1, 2, 3, 19, 399, 9999]


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("t", [0.0, 1e-6, 0.3, 1.0, 2.5, 8.0, 40.0])
def test_a_tail_is_scipys(t, freedom):
    assert t_tail(t, freedom) == pytest.approx(stats.t.sf(t, freedom), rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("tail", [0.4, 0.1, 0.025, 0.0005])
def test_a_quantile_is_scipys(tail, freedom):
    assert t_quantile(tail, freedom) == pytest.approx(stats.t.isf(tail, freedom), rel=1e-9)


def test_half_of_it_is_above_zero():
    assert t_tail(0.0, 7) == 0.5
    assert t_quantile(0.5, 7) == pytest.approx(0, abs=1e-12)
