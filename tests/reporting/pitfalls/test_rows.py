"""Rows of mistakes: figures and paired differences of made-up records with known effects."""

from dataclasses import replace

import numpy as np
import pytest
from mistaken import EFFECTS, RIGHT, TASK, mistaken_records

from fewshot.core.statistics.crossed import crossed_difference, crossed_interval
from fewshot.registry.pitfalls import mistaken
from fewshot.reporting.comparisons.units import units_of
from fewshot.reporting.pitfalls.rows import BEST, NARROW, rows_of


@pytest.fixture(scope="module")
def records(make_record):
    return mistaken_records(make_record)


@pytest.fixture(scope="module")
def rows(records):
    return {row.name: row for row in rows_of(records)}


def test_differences_are_those_of_the_mistakes_largest_first(rows):
    mean = RIGHT + 0.01
    for name, effect in EFFECTS.items():
        if name != "constant_ties":
            assert rows[name].difference.mean == pytest.approx(-effect, abs=1e-9), name
            assert rows[name].difference.half == pytest.approx(0, abs=1e-9), name  # the same on all units
            assert (rows[name].right, rows[name].mistaken) == pytest.approx((mean, mean - effect))
            assert rows[name].over == "5 alphabets, 3 trainings"
    constant = rows["constant_ties"]
    assert (constant.right, constant.mistaken, constant.over) == (pytest.approx(0.05), pytest.approx(1), "5 alphabets")
    sizes = [abs(row.difference.mean) for row in rows.values()]
    assert sizes[:-1] == sorted(sizes[:-1], reverse=True)
    assert [*rows][-1] == NARROW
    assert len(rows) == len(EFFECTS) + 2 + 2


def test_a_step_is_of_the_same_trainings_and_other_classes_make_others(records, rows):
    groups = [[record for record in records if name in record.spec.pitfalls]
              for name in ("across_alphabets", "measured_in_training", "selected_on_measured")]  # fmt: skip
    right, learned, chosen = (units_of(group, TASK).values for group in groups)
    assert rows["selected_on_measured"].difference == crossed_interval(chosen - right)
    assert rows["measured_in_training"].difference == crossed_difference(learned, right)[0]
    assert rows["measured_in_training"].difference.half > rows["selected_on_measured"].difference.half
    assert rows["measured_in_training"].over == "5 alphabets, 3 trainings, these apart"
    assert {*rows["measured_in_training"].records} == {record.id for record in (*groups[0], *groups[1])}


def test_the_best_training_and_the_narrow_interval_are_made_of_right_records(rows):
    assert rows[BEST].words == "the best of 3 trainings"
    assert (rows[BEST].right, rows[BEST].mistaken) == pytest.approx((RIGHT + 0.01, RIGHT + 0.02))
    assert rows[NARROW].difference.mean == 0
    assert rows[NARROW].narrow == pytest.approx(0, abs=1e-9)  # every made-up episode is alike
    assert rows[NARROW].difference.half > 0.001


def test_of_one_training_differences_are_over_alphabets(records):
    found = {row.name: row for row in rows_of([record for record in records if record.spec.seed == 0])}
    assert BEST not in found
    assert found["across_alphabets"].over == "5 alphabets of one training"
    assert found["measured_in_training"].difference.mean == pytest.approx(0.1)


def test_without_shared_units_episodes_are_paired(records):
    base = [record for record in records if "across_alphabets" in record.spec.pitfalls]
    draw, wrong = np.random.default_rng(0), mistaken(TASK, "across_alphabets")
    bare = [
        replace(record, answers={}, accuracy=record.accuracy | {wrong: draw.uniform(0, 1, 40).tolist()})
        for record in base
    ]
    row = next(row for row in rows_of(bare) if row.name == "across_alphabets")
    expected = np.array([record.accuracy[wrong] for record in bare]) - np.array([one.accuracy[TASK] for one in bare])
    assert row.difference == crossed_interval(expected)
    assert row.over == "40 episodes, 3 trainings"


def test_without_the_network_that_is_measured_rightly_there_are_none(records):
    assert rows_of([]) == []
    assert rows_of([record for record in records if "measured_in_training" in record.spec.pitfalls]) == []
