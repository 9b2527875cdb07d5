"""The values of classes and groups, against means over the tasks without each of them."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from fewshot.core.spec.run_spec import Part
from fewshot.core.statistics.crossed import crossed_interval
from fewshot.core.statistics.intervals import t_interval
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.records.answers import ClassCounts
from fewshot.reporting.comparisons.units import units_of
from fewshot.suites.suite import read_suite

SPEC = read_suite("tests/reporting/golden/suite.toml").specs[0]


def record_of(make_record, names, tasks, right, one_group=False):
    """A record of one query a class: `tasks` are rows of class numbers, and `right` the answers to each of them."""
    tasks, right = np.array(tasks), np.array(right, float)
    asked, own, beside = (np.zeros(len(names)) for _ in range(3))
    np.add.at(asked, tasks, 1)
    np.add.at(own, tasks, right)
    np.add.at(beside, tasks, right.sum(1, keepdims=True))
    lists = [values.tolist() for values in (asked.astype(int), own, beside)]
    counts = ClassCounts(tasks.shape[1], one_group, *lists, [])
    accuracy = right.mean(1).tolist()
    return replace(make_record(SPEC), accuracy={"t": accuracy}, classes=tuple(names), answers={"t": counts})


def test_the_value_of_a_class_is_its_jackknife_pseudo_value(make_record):
    tasks = list(combinations(range(6), 3))
    right = np.random.default_rng(0).integers(0, 2, (20, 3))
    units = units_of([record_of(make_record, "abcdef", tasks, right)], "t")
    accuracy = right.mean(1)
    expected = [
        6 * accuracy.mean() - 5 * accuracy[[one not in task for task in tasks]].mean() for one in range(len("abcdef"))
    ]
    assert units.values[0] == pytest.approx(expected)
    assert (str(units), units.names) == ("6 letters", tuple("abcdef"))
    assert units_of([record_of(make_record, "abcdef", tasks, right)], "t").by_class is None


def test_a_class_counts_as_the_one_that_others_are_mistaken_for(make_record):
    """Class "a" is always right, and all others are wrong beside it alone: without it nothing is wrong."""
    tasks = list(combinations(range(5), 2))
    right = [[1, 0 if 0 in task else 1] for task in tasks]
    values = units_of([record_of(make_record, "abcde", tasks, right)], "t").values[0]
    assert values.argmin() == 0
    assert values[0] == pytest.approx(5 * np.mean(right) - 4)


def test_groups_are_the_units_of_tasks_within_a_group_and_classes_stand_beside(make_record):
    names = [f"{group}/{number}" for group in "xyz" for number in range(2)]
    tasks, right = [[0, 1], [0, 1], [2, 3], [4, 5]], [[1, 1], [1, 0], [0, 0], [1, 0]]
    record = record_of(make_record, names, tasks, right, one_group=True)
    units = units_of([record], "t")
    classes = units.by_class
    mean, share = 0.5, np.array([2 * 0.25, -0.5, 0.0]) / 4  # of four tasks, each group's beyond the mean
    moved = 2 * share / (1 - np.array([2, 1, 1]) / 4)  # without a group the others weigh more
    assert units.values[0] == pytest.approx(mean + moved - moved.mean())
    assert (str(units), str(classes)) == ("3 scripts", "6 letters")
    assert classes.values[0].mean() == pytest.approx(0.5) == units.values[0].mean()
    own = 5 * np.array([1, 0, -0.5, -0.5, 0.5, -0.5]) / 8 / (1 - np.array([2, 2, 1, 1, 1, 1]) / 8)
    assert classes.values[0] == pytest.approx(mean + own - own.mean())


def test_many_groups_are_the_units_of_tasks_across_groups_and_turns_are_one_character(make_record):
    names = [f"{group}/{letter}/rot{turn}" for group in "abcde" for letter in "xy" for turn in ("000", "090")]
    draw = np.random.default_rng(1)
    tasks = [draw.permutation(20)[:4].tolist() for _ in range(50)]
    record = record_of(make_record, names, tasks, draw.integers(0, 2, (50, 4)))
    units = units_of([record], "t")
    classes = units.by_class
    assert (str(units), str(classes)) == ("5 scripts", "10 letters")
    mean = np.mean(record.accuracy["t"])
    assert units.values.mean() == pytest.approx(mean) == classes.values.mean()
    weight = 1 - np.bincount(np.array(tasks).flatten() // 4) / 200
    moved = 4 * (classes.values.reshape(5, 2) - mean).sum(1) / weight
    assert np.corrcoef(moved, units.values[0])[0, 1] > 0.99
    assert units.values[0].max() - units.values[0].min() > np.ptp(classes.values) / 4


def test_tasks_that_have_every_class_say_nothing_of_others(make_record):
    assert units_of([record_of(make_record, "abc", [[0, 1, 2]] * 4, np.eye(4, 3))], "t") is None


def test_official_trials_have_alphabets_without_answers(make_record):
    spec = replace(SPEC, protocol=Part("lake"), dataset=Part("omniglot"))
    accuracy = np.random.default_rng(0).random(20)
    record = replace(make_record(spec), accuracy={"20-way 1-shot": accuracy.tolist()})
    units = units_of([record, record], "20-way 1-shot")
    assert (str(units), units.values.shape) == ("10 alphabets", (2, 10))
    first = [number for number, run in enumerate(official_runs()) if run.alphabet == units.names[0]]
    assert units.values[1, 0] == pytest.approx(accuracy[first].mean())
    plugin = replace(make_record(replace(SPEC, protocol=Part("lake", sha256="0" * 64))), accuracy=record.accuracy)
    assert units_of([plugin], "20-way 1-shot") is None
    assert units_of([make_record(SPEC)], "20-way 1-shot") is None


def test_intervals_over_classes_cover_figures_of_other_classes(make_record):
    """Two-dimensional points whose classes are near to or far from each other: intervals over tasks do not cover."""
    draw, means, halves, over_tasks = np.random.default_rng(2), [], [], []
    for _ in range(150):
        centre, size = draw.normal(size=(24, 3)), 0.5 * np.exp(0.5 * draw.normal(size=(24, 1)))
        tasks = draw.random((300, 24)).argsort(1)[:, :4]
        support, query = (centre[tasks] + size[tasks] * draw.normal(size=(300, 4, 3)) for _ in range(2))
        answer = ((query[:, :, None] - support[:, None]) ** 2).sum(-1).argmin(-1)
        record = record_of(make_record, [f"{n}" for n in range(24)], tasks, answer == np.arange(4))
        interval = crossed_interval(units_of([record], "t").values)
        means.append(interval.mean)
        halves.append(interval.half)
        over_tasks.append(t_interval(record.accuracy["t"]).half)
    off = np.abs(np.array(means) - np.mean(means))
    assert 0.9 <= np.mean(off <= halves) <= 0.99
    assert np.mean(off <= over_tasks) < 0.75
