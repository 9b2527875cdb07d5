from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.spec.run_spec import Part
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import read_suite

SPECS = read_suite("tests/reporting/golden/suite.toml", seeds=2).specs


def test_a_row_is_the_mean_over_seeds_of_each_episode(make_record):
    records = [make_record(spec, seed=number) for number, spec in enumerate(SPECS[:3])]
    first, second = summarise(records)
    both = np.array([record.accuracy["20-way 1-shot"] for record in records[:2]])
    assert first.accuracy["20-way 1-shot"] == pytest.approx(both.mean(0))
    assert first.by_seed["20-way 1-shot"] == pytest.approx(both.mean(1))
    assert [len(method.records) for method in (first, second)] == [2, 1]


def test_a_method_has_the_seeds_without_a_record_and_why(make_record):
    records = [make_record(SPECS[0]), make_record(SPECS[2])]
    missing = [(SPECS[4], "missing"), (SPECS[1], "missing"), (SPECS[5], "failed: no memory")]
    first, second, third = summarise(records, missing)
    assert (first.missing, first.why) == ((("seed 1", "missing"),), "")
    assert (second.spec, second.missing) == (SPECS[2], ())
    assert (third.spec, third.records, third.why) == (SPECS[4], (), "failed: no memory")
    assert third.accuracy == {}


def test_a_seed_without_a_record_is_of_its_method_where_the_images_are_a_users(make_record):
    own, again = (replace(spec, dataset=Part("folder:mine")) for spec in SPECS[:2])
    (method,) = summarise([make_record(own)], [(again, "missing")])
    assert (len(method.records), method.missing) == (1, (("seed 1", "missing"),))
