"""Records to write and to read."""

from dataclasses import replace

import pytest

from fewshot.records.answers import ClassCounts, PairClasses, trials_of
from fewshot.records.record import RunRecord
from fewshot.suites.suite import read_suite

SPEC = read_suite("quickstart").specs[0]


@pytest.fixture
def record(make_record):
    return make_record(SPEC)


@pytest.fixture
def answered(record) -> RunRecord:
    """A record with the answers to drawn episodes and to official trials."""
    trials = trials_of([[0, 2], [2, 1]], [[[0.5, 0.25], [0.5, 0.5]], [[0.1, 0.2], [0.3, 0.4]]])
    counts = ClassCounts(2, False, [4, 4, 2], [2, 1, 0.5], [2, 3, 2], [(1, 0, 2), (2, 1, 1.5)])
    return replace(
        record,
        accuracy={"2-way 1-shot": [0.4, 0.3], "2-way 2-shot": [0.75, 0.5]},
        answers={"2-way 1-shot": counts, "2-way 2-shot": trials},
        classes=("Ωmega/a", "Ωmega/b", "c"),
        same=[1.0, 0.5],
        different=[0.25],
        pair_classes=PairClasses([0, 2], [(1, 2)]),
    )
