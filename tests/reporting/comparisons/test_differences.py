"""Methods compared in pairs: the units that they share, and all pairs at once."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from fewshot.core.spec.run_spec import Part
from fewshot.reporting.comparisons.differences import differences, episodes_of, not_worse_than_best, on_same_units
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import read_suite

LAKE = read_suite("omniglot-lake").specs[0]
TASK = "20-way 1-shot"


def methods(make_record, *values, spec=LAKE):
    """A method for each array `[training run]`."""
    records = []
    for number, one in enumerate(values):
        own = replace(spec, loss=Part(f"loss{number}"))
        for seed, accuracy in enumerate(one):
            records.append(replace(make_record(replace(own, seed=seed)), accuracy={TASK: list(accuracy)}))
    return summarise(records)


def test_seeds_that_disagree_are_not_told_apart(make_record):
    """By seed +0.3, −2.0 and −4.4: over the runs alone the mean is beyond chance, over trainings it is not."""
    noise = np.random.default_rng(0).normal(0, 0.002, (6, 20))
    base = 0.9 + noise[:3]
    found = methods(make_record, base + np.array([[0.003], [-0.020], [-0.044]]), 0.9 + noise[3:])
    (one,) = differences(found, TASK)
    assert abs(one.over_episodes.mean) > 10 * one.over_episodes.half
    assert one.interval.half == pytest.approx(0.059, abs=0.003)
    assert (one.units, one.told_apart) == ("10 alphabets", False)
    assert not_worse_than_best(found, TASK) == [True, True]


def test_one_network_by_two_shot_rules_is_compared_training_by_training(make_record):
    noise = np.random.default_rng(0).normal(0, 0.002, (3, 20))
    base = 0.9 + noise + np.array([[0.03], [-0.02], [0.01]])
    one, other = methods(make_record, base + 0.005 + noise[::-1], base)
    same = [replace(mine, curve=theirs.curve, same=theirs.same, different=theirs.different)
            for mine, theirs in zip(one.records, other.records, strict=True)]  # fmt: skip
    (paired,) = differences([replace(one, records=tuple(same)), other], TASK)
    other_scores = tuple(replace(record, same=[*record.same[:-1], 0.123]) for record in same)
    (apart,) = differences([replace(one, records=other_scores), other], TASK)
    assert paired.interval.mean == pytest.approx(apart.interval.mean)
    assert (paired.told_apart, apart.told_apart) == (True, False)
    assert paired.interval.half < apart.interval.half / 5
    measured = [replace(record, curve=[*record.curve[:-1], (*record.curve[-1][:2], 0.9)]) for record in same]
    (by_another_rule,) = differences([replace(one, records=tuple(measured)), other], TASK)  # on val, at the end
    assert by_another_rule.interval == paired.interval


def test_pairs_are_adjusted_together(make_record):
    draw = np.random.default_rng(3)
    found = methods(make_record, *(0.8 + 0.01 * number + draw.normal(0, 0.03, (1, 20)) for number in range(4)))
    pairs = differences(found, TASK)
    assert len(pairs) == 6
    assert [one.adjusted for one in pairs] == pytest.approx([*_holm([one.p for one in pairs])])
    alphabets = [method.units(TASK).values[0] for method in found]
    assert pairs[0].p == pytest.approx(stats.ttest_rel(alphabets[0], alphabets[1]).pvalue)


def _holm(p):
    order, worst, adjusted = np.argsort(p), 0.0, np.zeros(len(p))
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, p[place] * (len(p) - rank)))
        adjusted[place] = worst
    return adjusted


def test_records_without_answers_are_compared_over_their_episodes_and_trainings(make_record):
    spec = read_suite("tests/reporting/golden/suite.toml").specs[0]
    draw = np.random.default_rng(0)
    found = methods(make_record, draw.random((2, 40)), draw.random((1, 40)), spec=spec)
    units = on_same_units(found, TASK)
    assert [one.values.shape for one in units] == [(2, 40), (1, 40)]
    assert differences(found, TASK)[0].units == "40 episodes"


def test_a_record_without_answers_among_others_has_no_star_and_changes_none(make_record):
    found = methods(make_record, *np.random.default_rng(2).normal(0.8, 0.02, (3, 1, 20)))
    old = replace(found[2].records[0], accuracy={TASK: [0.5] * 40})  # of 40 episodes, not of the trials
    mixed = [found[0], found[1], replace(found[2], records=(old,))]
    assert not_worse_than_best(mixed, TASK) == [*not_worse_than_best(found[:2], TASK), False]
    best = replace(old, accuracy={TASK: [0.9] * 40})
    assert not_worse_than_best([*found[:2], replace(found[2], records=(best,))], TASK) == [False] * 3


def test_one_record_with_answers_among_others_is_compared_with_none(make_record):
    found = methods(make_record, *np.random.default_rng(2).normal(0.8, 0.02, (2, 1, 20)))
    old = replace(found[1].records[0], accuracy={TASK: [0.5] * 40})
    assert not_worse_than_best([found[0], replace(found[1], records=(old,))], TASK) == [False, False]
    assert not_worse_than_best(found[:1], TASK) == [False]


def test_other_images_of_a_users_folder_are_other_episodes(make_record):
    spec = replace(LAKE, dataset=Part("folder:photos"))
    one, other = methods(make_record, [[0.5] * 20], [[0.6] * 20], spec=spec)
    assert episodes_of(one, TASK) == episodes_of(other, TASK)
    changed = replace(other.records[0], digests={"test": "1" * 64})
    assert episodes_of(replace(other, records=(changed,)), TASK) != episodes_of(one, TASK)
