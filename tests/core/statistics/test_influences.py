"""Influences of pairs: by how much a figure changes without a pair, and the figures themselves."""

import numpy as np
import pytest
from scipy.special import ndtri

from fewshot.core.statistics.influences import (
    PairFigure,
    area_of_pairs,
    equal_error_of_pairs,
    fnmr_of_pairs,
    mean_of_kinds,
    share_of_pairs,
)
from fewshot.core.statistics.ranks import Ranks, rank
from fewshot.core.statistics.roc import equal_error_rate, fnmr_at, roc_area, roc_of

DRAW = np.random.default_rng(3)
SAME, DIFFERENT = DRAW.normal(1.2, 1, (2, 80)), DRAW.normal(0, 1.6, (2, 60))


def without(scores: np.ndarray, pair: int) -> np.ndarray:
    return np.delete(scores, pair, 1)


def test_values_are_the_figures_of_each_training():
    rows = list(zip(SAME, DIFFERENT, strict=True))
    assert area_of_pairs(rank(SAME, DIFFERENT)).values.tolist() == [roc_area(*row) for row in rows]
    assert equal_error_of_pairs(rank(SAME, DIFFERENT)).values.tolist() == [equal_error_rate(*row) for row in rows]
    assert fnmr_at_a_tenth(rank(SAME, DIFFERENT)).values.tolist() == [fnmr_at(*row, 0.1) for row in rows]
    right = share_of_pairs(SAME > 0.5, DIFFERENT <= 0.5)
    assert right.values == pytest.approx(np.hstack([SAME > 0.5, DIFFERENT <= 0.5]).mean(1))


def fnmr_at_a_tenth(ranks: Ranks) -> PairFigure:
    return fnmr_of_pairs(ranks, 0.1)


@pytest.mark.parametrize(
    "figure", [share_of_pairs, mean_of_kinds, area_of_pairs, equal_error_of_pairs, fnmr_at_a_tenth]
)
def test_influences_of_a_kind_add_up_to_nothing(figure):
    right = figure in (share_of_pairs, mean_of_kinds)
    found = (figure(SAME > 0.5, DIFFERENT <= 0.5) if right else figure(rank(SAME, DIFFERENT))).influences
    assert found.shape == (2, 140)
    assert found[:, :80].sum(1) == pytest.approx(0, abs=1e-12)
    assert found[:, 80:].sum(1) == pytest.approx(0, abs=1e-12)
    assert np.abs(found).max() > 0


def test_the_area_without_a_pair_differs_by_its_influence():
    whole = area_of_pairs(rank(SAME, DIFFERENT))
    for pair in (0, 17):
        lost = whole.values - area_of_pairs(rank(without(SAME, pair), DIFFERENT)).values
        assert lost == pytest.approx(whole.influences[:, pair] * 80 / 79)
        lost = whole.values - area_of_pairs(rank(SAME, without(DIFFERENT, pair))).values
        assert lost == pytest.approx(whole.influences[:, 80 + pair] * 60 / 59)


def test_the_equal_error_rate_moves_by_influences():
    """A fiftieth of the pairs at the wrong side of the crossing twice; the kinds differ in width, so in weight."""
    normal = ndtri((np.arange(20_000) + 0.5) / 20_000)
    scores = 1.2 + normal, 2 * normal
    whole = equal_error_of_pairs(rank(*(one[None] for one in scores)))
    middle = 1.2 - 1.2 / 3  # 0.4 of either's deviation from its mean
    for kind, influences in enumerate(np.split(whole.influences[0], 2)):
        wrong = np.flatnonzero((scores[0] < middle) if kind == 0 else (scores[1] > middle))[::50]
        again = [np.append(one, one[wrong])[None] if kind == number else one[None] for number, one in enumerate(scores)]
        moved = equal_error_of_pairs(rank(*again)).values - whole.values
        assert moved == pytest.approx(influences[wrong].sum(), rel=0.08)
        assert moved > 0.0005


def test_the_fnmr_at_an_fmr_moves_by_influences():
    """A fiftieth more of the false non-matches, or of the false matches, at FMR 10 %."""
    normal = ndtri((np.arange(20_000) + 0.5) / 20_000)
    scores = 1.2 + normal, 2 * normal
    whole = fnmr_at_a_tenth(rank(*(one[None] for one in scores)))
    threshold = 2 * ndtri(0.9)
    for kind, influences in enumerate(np.split(whole.influences[0], 2)):
        wrong = np.flatnonzero((scores[0] < threshold) if kind == 0 else (scores[1] > threshold))[::50]
        again = [np.append(one, one[wrong])[None] if kind == number else one[None] for number, one in enumerate(scores)]
        moved = fnmr_at_a_tenth(rank(*again)).values - whole.values
        assert moved == pytest.approx(influences[wrong].sum(), rel=0.14)  # of a slope between points far apart
        assert moved > 0.0005


def test_a_constant_score_and_a_perfect_one_have_a_crossing():
    constant = roc_of(np.zeros(4), np.zeros(3)).crossing()
    assert (constant.rate, constant.weight_of_fnmr) == (0.5, 0.5)
    perfect = equal_error_of_pairs(rank(np.ones((1, 4)), np.zeros((1, 3))))
    assert perfect.values == [0]
    assert not perfect.influences.any()
