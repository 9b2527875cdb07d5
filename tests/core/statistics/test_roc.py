"""ROC area, equal error rate and FNMR at an FMR, against scikit-learn and by hand."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull
from sklearn.metrics import roc_auc_score, roc_curve

from fewshot.core.errors import RequestError
from fewshot.core.statistics.roc import equal_error_rate, fnmr_at, roc_area, roc_of


def scores_with_ties(seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.integers(2, 12, 57) / 8, draw.integers(0, 9, 91) / 8


@pytest.mark.parametrize("seed", range(5))
def test_the_roc_area_is_sklearns(seed):
    same, different = scores_with_ties(seed)
    truth = np.repeat([1, 0], [len(same), len(different)])
    assert roc_area(same, different) == pytest.approx(roc_auc_score(truth, np.concatenate([same, different])))


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_is_sklearns_and_the_equal_error_rate_on_its_hull(seed):
    same, different = scores_with_ties(seed)
    truth = np.repeat([1, 0], [len(same), len(different)])
    alarm, hit, _ = roc_curve(truth, np.concatenate([same, different]), drop_intermediate=False)
    curve = roc_of(same, different)
    assert curve.fmr[::-1] == pytest.approx(alarm)
    assert 1 - curve.fnmr[::-1] == pytest.approx(hit)
    hull = ConvexHull(np.array([[*alarm, 1], [*hit, 0]]).T)
    alarm, hit = (one[[number for number in sorted(hull.vertices) if number < len(alarm)]] for one in (alarm, hit))
    assert curve.hull().fmr[::-1] == pytest.approx(alarm)
    assert 1 - curve.hull().fnmr[::-1] == pytest.approx(hit)
    rate = equal_error_rate(same, different)
    assert np.interp(rate, alarm, hit) == pytest.approx(1 - rate)


def test_usual_definitions_of_the_equal_error_rate_differ():
    """Either rate at the threshold where both are nearest is in use, and so is their mean; ours is on the hull."""
    same, different = [1, 2, 4, 4, 4], [0, 0, 0, 2, 5]
    curve = roc_of(same, different)
    nearest = np.flatnonzero(np.abs(curve.fnmr - curve.fmr) == 0.2)[-1]
    assert (curve.fmr[nearest], curve.fnmr[nearest]) == (0.2, 0.4)
    assert equal_error_rate(same, different) == pytest.approx(4 / 15)  # between FMR 2/5, FNMR 0 and FMR 1/5, FNMR 2/5


@pytest.mark.parametrize(
    ("fmr", "fnmr"), [(1.0, 0.0), (0.5, 0.0), (0.4, 0.0), (0.399, 0.4), (0.2, 0.4), (0.1, 1.0), (0.001, 1.0)]
)
def test_the_fnmr_at_an_fmr_is_of_a_real_threshold(fmr, fnmr):
    """At 2 two pairs are tied, one of each kind."""
    assert fnmr_at([1, 2, 4, 4, 4], [0, 0, 0, 2, 5], fmr) == fnmr


def test_a_failure_to_acquire_raises_fnmr_and_never_fmr():
    """The pair of a failure scores −infinity: it stays in the number of pairs, and matches at no threshold."""
    failed = -np.inf
    assert fnmr_at([2, 3, failed, 3], [0, 1, 1, 4], 0.25) == 1 / 4
    curve = roc_of([2, 3, 3, 3], [0, failed, 1, 4])
    assert curve.fmr[curve.thresholds == 1].tolist() == [0.5]
    assert roc_area([1, failed], [0, failed]) == 0.625
    with pytest.raises(RequestError, match="finite"):
        roc_of([np.inf], [0])


@pytest.mark.parametrize(
    ("same", "different", "area", "rate"),
    [
        ([0.3, 0.3, 0.3], [0.3, 0.3], 0.5, 0.5),
        ([2, 3], [0, 1, 1], 1, 0),
        ([0, 1, 1], [2, 3], 0, 0.5),
        ([1], [0], 1, 0),
        ([1, 3], [0, 2], 0.75, 0.25),
    ],
    ids=["constant", "perfect", "reversed", "one pair each", "one in two wrong"],
)
def test_scores_by_hand(same, different, area, rate):
    assert (roc_area(same, different), equal_error_rate(same, different)) == (area, rate)


@pytest.mark.parametrize("measure", [roc_area, equal_error_rate])
def test_only_the_order_of_scores_counts(measure):
    same, different = scores_with_ties(9)
    assert measure(same, different) == pytest.approx(measure(np.exp(5 * same), np.exp(5 * different)))
    assert measure(same, different) == pytest.approx(measure(-different, -same))
    shuffle = np.random.default_rng(0).permutation
    assert measure(same, different) == measure(shuffle(same), shuffle(different))
