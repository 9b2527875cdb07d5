"""Records of several folds as one row: means over folds, and intervals over these."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from fewshot.core.spec.names import FORGED, PAIR_FIGURES, RANDOM, VERIFICATION
from fewshot.core.spec.run_spec import Part
from fewshot.core.statistics.intervals import t_interval
from fewshot.core.statistics.operating_points import choose
from fewshot.records.answers import PairList
from fewshot.registry.lookup import make_part
from fewshot.reporting.comparisons.differences import differences
from fewshot.reporting.summary import summarise
from fewshot.reporting.table import make_table
from fewshot.reporting.verification.pair_scores import OTHER, of_method
from fewshot.reporting.verification.rates import Figure, curve_figures, over_folds, point_figures
from fewshot.suites.suite import read_suite

SPECS = read_suite("tests/reporting/golden/suite.toml").specs[:2]
RIGHT = ((8, 9, 7), (6, 9, 5))  # of ten pairs a fold, and two more in the second fold, by method


@pytest.fixture
def folds(make_record):
    """Records of three folds of both methods; a pair of the second fold cannot be compared."""

    def record(spec, fold: int, right: int, seed: int = 0):
        protocol = Part("pairs", make_part("protocols", "pairs").options | {"fold": fold})
        made = make_record(replace(spec, protocol=protocol, seed=seed), seed=10 * fold + seed)
        pairs = 12 if fold == 2 else 10
        half = pairs // 2
        accuracy = {VERIFICATION: [1.0] * right + [0.0] * (pairs - right)}
        notes = PairList(failed={"same": 1} if fold == 2 else {})
        scores = {"same": made.same[:half], "different": made.different[:half]}
        return replace(made, accuracy=accuracy, pair_list=notes, **scores)

    return lambda **seed: [
        record(spec, fold, right, **seed)
        for spec, own in zip(SPECS, RIGHT, strict=True)
        for fold, right in zip((1, 2, 3), own, strict=True)
    ]


def test_a_figure_is_the_mean_over_folds_with_an_interval_over_these(folds):
    first, second = summarise(folds())
    shares = [8 / 10, 9 / 12, 7 / 10]
    assert first.over_episodes(VERIFICATION) == first.over_classes(VERIFICATION) == t_interval(shares)
    assert first.standard_error(VERIFICATION) == pytest.approx(np.std(shares, ddof=1) / 3**0.5)
    assert (list(first.folds), first.again, first.pairs) == ([1, 2, 3], False, None)
    (found,) = differences([first, second], VERIFICATION)
    others = [6 / 10, 9 / 12, 5 / 10]
    assert found.interval.half == pytest.approx(t_interval(np.subtract(shares, others)).half)
    assert (found.word, found.p) == ("folds", pytest.approx(stats.ttest_rel(shares, others).pvalue))


def test_seeds_of_a_fold_are_averaged_first(folds):
    found = summarise([*folds(), *folds(seed=1)])
    assert [len(method.records) for method in found] == [6, 6]
    assert found[0].again
    assert found[0].over_episodes(VERIFICATION).n == 3
    uneven, _ = summarise([*folds(), folds(seed=1)[0]])  # a second seed of one fold, which counts no more than others
    for figure, value in zip(PAIR_FIGURES, (uneven.area, uneven.equal_error), strict=True):
        assert value == uneven.over_pairs(figure).mean


def test_rates_are_those_of_each_fold_by_its_own_scores(folds):
    (method, _), records = summarise(folds()), folds()[:3]
    scores = of_method(method, "m")
    alone = [curve_figures(of_method(one, "m")) for record in records for one in summarise([record])]
    found = curve_figures(scores)
    assert (scores.same.shape, scores.different.shape) == ((1, 17), (1, 16))
    for name, figure in found.items():
        over = t_interval([one[name].value for one in alone])
        assert (figure.value, figure.interval.half) == (over.mean, over.half)
    assert found["FNMR at FMR 10 %"].pairs == 17
    assert found["FNMR at FMR 10 %"].expected == pytest.approx(0.5)  # of the least fold


def test_a_rate_of_none_in_all_folds_has_an_interval_of_pairs():
    figure = Figure(0.0, errors=0, pairs=2000, each=1000, expected=10.0)  # of two trainings
    both = over_folds([{"a": figure}] * 3)["a"]
    assert (both.value, both.interval.low, both.errors, both.pairs, both.few) == (0.0, 0.0, 0, 6000, True)
    once = over_folds([{"a": replace(figure, pairs=1000)}] * 3, together=True)["a"]
    assert (once.interval, once.few) == (both.interval, False)
    assert over_folds([{"a": figure}]) == {"a": figure}
    assert 0 < both.interval.high < 0.01


def test_folds_without_points_roles_or_pairs_of_a_role_are_left_out_of_these(folds):
    records = folds()[:3]
    chosen = [replace(one, **vars(choose(one.same, one.different))) for one in records[:2]]
    assert point_figures(of_method(summarise([*chosen, records[2]])[0], "m")) == []
    roles = [
        ("",) * 5 + (FORGED,) * 3 + (RANDOM,) * 2,
        (),
        ("",) * 5 + (FORGED,) * 5,
    ]
    mixed = [
        replace(one, pair_list=PairList(roles=own)) if own else one for one, own in zip(records, roles, strict=True)
    ]
    found = of_method(summarise(mixed)[0], "m").by_role()
    assert [(one.role, one.different.shape[1], len(one.folds)) for one in found] == [
        (FORGED, 8, 2),
        (RANDOM, 2, 1),
        (OTHER, 6, 1),
    ]
    assert all(curve_figures(one) for one in found)
    (method,) = summarise([mixed[0], mixed[2]])
    (skilled, *_) = of_method(method, "m").by_role()
    assert curve_figures(skilled)["ROC area"].value == pytest.approx(method.area)


def test_thresholds_of_each_fold_have_the_mean_of_their_own_rates(folds):
    records = [replace(one, **vars(choose(one.same, one.different))) for one in folds()[:3]]
    (found, *_) = point_figures(of_method(summarise(records)[0], "m"))
    alone = [point_figures(of_method(one, "m"))[0] for record in records for one in summarise([record])]
    assert found.thresholds == tuple(record.points["eer"] for record in records)
    assert found.fmr.value == pytest.approx(np.mean([one.fmr.value for one in alone]))
    assert found.fnmr.value == pytest.approx(np.mean([one.fnmr.value for one in alone])) != found.fmr.value


def test_the_table_tells_of_folds_failures_and_folds_without_a_record(folds):
    records = folds()
    table = make_table("Faces", "", records[:5], missing=[(records[5].spec, "failed: no memory")])
    text = str(table)
    assert "contrastive(margin=8.0): from 2 of 3 folds; fold 3, seed 0 failed: no memory" in text
    assert "the mean of 2 or 3 folds ± half-width" in text
    assert "verification 75.00 ± 2.89 on verification" in text
    over = t_interval([8 / 10, 9 / 13, 7 / 10])
    assert "failures to acquire, pairs with a missing image: 1 same, which accuracy leaves out" in text
    assert f"verification with these as errors: verification {over}; contrastive" in text


def test_one_fold_is_a_row_as_any_other_and_is_named(folds):
    text = str(make_table("Faces", "", folds()[1:2]))
    assert "stage test, fold 2 alone" in text
    assert "the mean of" not in text
