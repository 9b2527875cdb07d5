"""The values of classes and groups, by their own queries and by those that are mistaken for them."""

from collections import Counter
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


def record_of(make_record, names, tasks, answers, one_group=False):
    """A record of one query a class: `tasks` are rows of class numbers, and `answers` the places in them answered."""
    tasks, answers = np.array(tasks), np.array(answers)
    answered = np.take_along_axis(tasks, answers, 1)
    right = (answered == tasks).astype(float)
    asked, own, beside = (np.zeros(len(names)) for _ in range(3))
    np.add.at(asked, tasks, 1)
    np.add.at(own, tasks, right)
    np.add.at(beside, tasks, right.sum(1, keepdims=True))
    lists = [values.tolist() for values in (asked.astype(int), own, beside)]
    wrong = Counter((int(a), int(b)) for a, b in zip(tasks.flatten(), answered.flatten(), strict=True) if a != b)
    counts = ClassCounts(tasks.shape[1], one_group, *lists, [(*pair, times) for pair, times in wrong.items()])
    accuracy = right.mean(1).tolist()
    return replace(make_record(SPEC), accuracy={"t": accuracy}, classes=tuple(names), answers={"t": counts})


def test_a_wrong_answer_counts_for_the_class_of_the_query_and_for_the_one_it_is_mistaken_for(make_record):
    tasks = np.array(list(combinations(range(6), 3)))
    answers = np.random.default_rng(0).integers(0, 3, tasks.shape)
    units = units_of([record_of(make_record, "abcdef", tasks, answers)], "t")
    answered = np.take_along_axis(tasks, answers, 1)
    wrong = answered != tasks
    errors = [(wrong & (tasks == one)).sum() + (wrong & (answered == one)).sum() for one in range(6)]
    assert units.values[0] == pytest.approx(1 + wrong.mean() - np.array(errors) / (wrong.size / 6))
    assert units.values.mean() == pytest.approx(1 - wrong.mean())
    assert (str(units), units.names, units.by_class) == ("6 letters", tuple("abcdef"), None)


def test_where_a_record_leaves_out_confusions_the_values_are_those_that_lie_less_apart(make_record):
    """The others like those that are kept, or the jackknife's, to which a task's noise counts for all its classes."""
    tasks = np.random.default_rng(1).random((400, 12)).argsort(1)[:, :6]
    whole = record_of(make_record, "abcdefghijkl", tasks, np.random.default_rng(0).integers(0, 6, tasks.shape))
    counts, every = whole.answers["t"], units_of([whole], "t").values

    def values(confusions):
        return units_of([replace(whole, answers={"t": replace(counts, confusions=confusions)})], "t").values

    assert values([(*pair, times / 2) for *pair, times in counts.confusions]) == pytest.approx(every)
    few = values([(1, 0, 1)])  # as if all were mistaken for the first
    accuracy = np.array(whole.accuracy["t"])
    without = [accuracy[[one not in task for task in tasks]].mean() for one in range(12)]
    assert np.corrcoef(few[0], without)[0, 1] < -0.99
    assert np.var(every) < np.var(few)


def test_a_group_that_its_own_classes_are_mistaken_for_counts_once(make_record):
    names = [f"{group}/{letter}" for group in "vwxyz" for letter in "ab"]
    tasks = np.array(list(combinations(range(10), 4)))
    answers = np.random.default_rng(4).integers(0, 4, tasks.shape)
    groups = units_of([record_of(make_record, names, tasks, answers)], "t")
    answered = np.take_along_axis(tasks, answers, 1)
    wrong, own, other = answered != tasks, tasks // 2, answered // 2
    errors = np.array([(wrong & ((own == one) | (other == one))).sum() for one in range(5)])
    moved = 5 * (errors.mean() - errors) / own.size
    assert groups.values[0] == pytest.approx(1 - wrong.mean() + moved)


def test_a_figure_of_tasks_counts_for_their_classes_as_in_the_jackknife(make_record):
    """Those of an open set name no class that a query is mistaken for."""
    tasks = list(combinations(range(6), 3))
    accuracy = np.random.default_rng(0).random(20)
    record = record_of(make_record, "abcdef", tasks, [[0, 1, 2]] * 20)
    asked, right = (np.zeros(6) for _ in range(2))
    np.add.at(asked, tasks, 1)
    np.add.at(right, tasks, accuracy[:, None])
    for one_group in (False, True):
        counts = ClassCounts(3, one_group, asked.astype(int).tolist(), right.tolist(), (3 * right).tolist(), [])
        units = units_of([replace(record, answers={"t": counts})], "t")
        without = [accuracy[[one not in task for task in tasks]].mean() for one in range(6)]
        if not one_group:
            assert units.values[0] == pytest.approx(6 * accuracy.mean() - 5 * np.array(without))
    grouped = replace(record, answers={"t": counts}, classes=("v/a", "v/b", "v/c", "w/a", "w/b", "w/c"))
    assert units_of([grouped], "t").by_class is None


def test_groups_are_the_units_of_tasks_within_a_group_and_classes_stand_beside(make_record):
    names = [f"{group}/{number}" for group in "xyz" for number in range(2)]
    tasks, answers = [[0, 1], [0, 1], [2, 3], [4, 5]], [[0, 1], [0, 0], [1, 0], [0, 0]]
    record = record_of(make_record, names, tasks, answers, one_group=True)
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
    record = record_of(make_record, names, tasks, draw.integers(0, 4, (50, 4)))
    units = units_of([record], "t")
    classes = units.by_class
    assert (str(units), str(classes)) == ("5 scripts", "10 letters")
    mean = np.mean(record.accuracy["t"])
    assert units.values.mean() == pytest.approx(mean) == classes.values.mean()


def test_tasks_that_have_every_class_say_nothing_of_others(make_record):
    assert units_of([record_of(make_record, "abc", [[0, 1, 2]] * 4, [[0, 0, 0]] * 4)], "t") is None


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


def covered(make_record, classes: int, way: int, tasks: int, draws: int) -> tuple[float, float, float]:
    """How often intervals over classes and over tasks hold the mean of figures of other classes, and the half-width of
    the first, on average, in 1.96 standard deviations of the figures.

    Classes are points in space that are near to or far from each other, and of different extents.
    """
    draw, means, halves, over_tasks = np.random.default_rng(2), [], [], []
    for _ in range(draws):
        centre, size = draw.normal(size=(classes, 3)), 0.5 * np.exp(0.5 * draw.normal(size=(classes, 1)))
        drawn = draw.random((tasks, classes)).argsort(1)[:, :way]
        support, query = (centre[drawn] + size[drawn] * draw.normal(size=(tasks, way, 3)) for _ in range(2))
        answer = ((query[:, :, None] - support[:, None]) ** 2).sum(-1).argmin(-1)
        record = record_of(make_record, [f"{n}" for n in range(classes)], drawn, answer)
        interval = crossed_interval(units_of([record], "t").values)
        means.append(interval.mean)
        halves.append(interval.half)
        over_tasks.append(t_interval(record.accuracy["t"]).half)
    off = np.abs(np.array(means) - np.mean(means))
    wide = float(np.mean(halves) / (1.96 * np.std(means)))
    return float(np.mean(off <= halves)), float(np.mean(off <= over_tasks)), wide


def test_intervals_over_classes_cover_figures_of_other_classes(make_record):
    """Those over tasks do not; and those over classes are no wider than need be where many classes share few tasks."""
    over_classes, over_tasks, wide = covered(make_record, 24, 4, 300, 150)
    assert 0.9 <= over_classes <= 0.99
    assert over_tasks < 0.75
    assert wide < 1.4
    for classes, way, tasks in ((200, 5, 200), (24, 20, 100)):
        over_classes, _, wide = covered(make_record, classes, way, tasks, 60)
        assert over_classes >= 0.9
        assert wide < 1.7  # as the noise of an answer counts for two classes; for all of a task it would be 2 or more


@pytest.mark.slow
def test_how_often_intervals_over_classes_cover(make_record):
    """The table of results/intervals.md."""
    print()
    for classes, way, tasks in (
        (8, 5, 500),
        (20, 5, 600),
        (20, 5, 5000),
        (24, 20, 400),
        (100, 20, 300),
        (366, 20, 1000),
    ):
        over_classes, over_tasks, wide = covered(make_record, classes, way, tasks, 300)
        print(f"| {classes} | {way} | {tasks:,} | {100 * over_classes:.1f} | {wide:.2f} | {100 * over_tasks:.1f} |")
        assert over_classes > 0.92
        assert wide < 1.6
