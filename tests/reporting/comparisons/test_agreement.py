"""The order of methods in two columns of a table."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import kendalltau

from fewshot.core.statistics.crossed import crossed_difference
from fewshot.reporting.comparisons.agreement import HEADER, agreement
from fewshot.reporting.comparisons.findings import LONG
from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite

NOISE = 0.02


def measured(draw, means, trainings=3, units=12):
    """Differences of all pairs of methods with these true means and their p, by samples of trainings and units."""
    unit = draw.normal(0, 3 * NOISE, units)  # shared by all
    own = draw.normal(0, NOISE, (len(means), 1, units))
    seed = draw.normal(0, NOISE, (len(means), trainings, 1))
    values = (
        np.asarray(means)[:, None, None] + unit + own + seed + draw.normal(0, NOISE, (len(means), trainings, units))
    )
    found = [crossed_difference(one, other) for one, other in combinations(values, 2)]
    return np.array([(interval.mean, p) for interval, p in found]).T, values.mean((1, 2))


def agreed(one, other):
    return agreement(*np.stack([one, other], 1))


def test_the_point_is_kendalls_and_lies_in_its_interval():
    draw = np.random.default_rng(0)
    for _ in range(20):
        (one, left), (other, right) = (measured(draw, draw.uniform(0.7, 0.9, 9)) for _ in range(2))
        found = agreed(one, other)
        assert found.tau == pytest.approx(kendalltau(left, right).statistic)
        assert -1 <= found.low <= found.tau <= found.high <= 1
        assert found.methods == 9
        assert found.same <= found.told_apart <= 36


@pytest.mark.parametrize("apart", [0.5, 3.0])
def test_the_interval_covers_the_agreement_of_the_true_means(apart):
    draw, covered = np.random.default_rng(1), 0
    for _ in range(100):
        means = [np.arange(8) * apart * NOISE, draw.permutation(8) * apart * NOISE]
        found = agreed(*(measured(draw, some)[0] for some in means))
        covered += found.low - 1e-9 <= kendalltau(*means).statistic <= found.high + 1e-9
    assert covered >= 95


def test_orders_beyond_doubt_leave_no_interval():
    draw = np.random.default_rng(2)
    up = measured(draw, np.arange(6.0))[0]
    down = measured(draw, -np.arange(6.0))[0]
    assert str(agreed(up, measured(draw, np.arange(6.0))[0])) == "1.00 (1.00 to 1.00)"
    assert str(agreed(up, down)) == "−1.00 (−1.00 to −1.00)"
    level = measured(draw, np.zeros(6))[0]
    found = agreed(up, level)
    assert (found.low, found.high, found.told_apart, found.same) == (-1, 1, 0, 0)


def test_equals_up_to_rounding_count_for_no_order():
    ups = np.ones(28)
    assert agreement(np.array([ups, 1e-17 * ups]), np.ones((2, 28))).tau == 0
    nearly = np.where(np.arange(528) % 2, 1, -1)
    nearly[1] = -1
    found = agreement(np.array([np.ones(528), nearly]), np.ones((2, 528)))
    assert str(found) == "0.00 (−1.00 to 1.00)"


@pytest.fixture
def records(make_record):
    """Trained methods with means far apart, in reversed order on their second kind of task."""
    start, found, draw = read_suite("quickstart").specs[0], [], np.random.default_rng(3)
    for place in range(LONG):
        spec = replace(start, training=replace(start.training, steps=100 + place))
        steps = [0.5 + 0.05 * place, 0.9 - 0.05 * place]
        tasks = ("20-way 1-shot", "5-way 1-shot")
        accuracy = {task: (mean + draw.normal(0, 1e-3, 40)).tolist() for task, mean in zip(tasks, steps, strict=True)}
        found.append(replace(make_record(spec), accuracy=accuracy))
    return found


def test_a_long_table_says_how_far_its_columns_agree(records):
    block = make_table("", "", records).below[0]
    assert block.header == HEADER
    columns = ("20-way 1-shot (n = 40)", "5-way 1-shot (n = 40)")
    assert block.lines == ((*columns, str(LONG), "−1.00 (−1.00 to −1.00)", "28", "0"),)
    assert any(note.startswith("Kendall's τ") for note in make_table("", "", records).notes)


def test_a_short_table_and_other_episodes_have_no_order(records):
    assert make_table("", "", records[1:]).below == ()
    few = {task: values[:30] for task, values in records[0].accuracy.items()}
    assert make_table("", "", [replace(records[0], accuracy=few), *records[1:]]).below == ()


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_note_names_what_is_drawn_at_random(records, seeds):
    several = [replace(one, spec=replace(one.spec, seed=seed)) for one in records for seed in range(seeds)]
    (note,) = [one for one in make_table("", "", several).notes if one.startswith("Kendall's τ")]
    assert f"with episodes{' and trainings' * (seeds > 1)} as random effects (5 %" in note
