from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.statistics.likelihood_ratios import cllr
from fewshot.reporting.figures.pairs import calibration


def test_bins_hold_both_kinds_alike_and_calibrated_scores_lie_on_the_diagonal(make_record, given):
    draw, number = np.random.default_rng(0), 40_000
    ratios = draw.normal(0, 2, 2 * number)
    same = draw.random(2 * number) < 1 / (1 + np.exp(-ratios))
    few = ratios[~same][::4]  # a quarter of the different pairs, which count as much
    record = replace(given.records[0], same=ratios[same].tolist(), different=few.tolist(), calibration=(1.0, 0.0))
    chance, frequency = calibration.reliability(record)
    assert np.abs(chance - frequency).max() < 0.03
    assert len(chance) == calibration.BINS
    doubled, _ = calibration.reliability(replace(record, calibration=(2.0, 0.0)))
    assert doubled[0] < chance[0] - 0.02
    (row,) = calibration.data(replace(given, records=[record]))
    assert row["cllr"] == pytest.approx(cllr(record.same, record.different), abs=1e-6)
    assert calibration.data(replace(given, records=[replace(record, calibration=None)])) == []


def test_pairs_too_few_for_ten_bins_have_fewer_bins_and_none_is_empty(given):
    record = replace(given.records[0], same=[1.0, 2.0, 3.0])
    (row,) = calibration.data(replace(given, records=[record, replace(given.records[1], same=[1.0])]))
    assert len(row["chance"]) == len(row["frequency"]) == 2
    assert np.isfinite([*row["chance"], *row["frequency"]]).all()
    (row,) = calibration.data(replace(given, records=[record]))
    assert len(row["chance"]) == 6
    assert np.isfinite([*row["chance"], *row["frequency"]]).all()
