"""The identities of verification pairs, and figures with intervals over them."""

from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.spec.names import FORGED, RANDOM, VERIFICATION
from fewshot.core.statistics.roc import equal_error_rate, roc_area
from fewshot.records.answers import PairClasses, PairList
from fewshot.reporting.comparisons import identities
from fewshot.reporting.comparisons.identities import of_role, pairs_of
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import read_suite

SPECS = read_suite("tests/reporting/golden/suite.toml", seeds=2).specs
PEOPLE = tuple(f"person{number}" for number in range(12))


@pytest.fixture
def records(make_record):
    """Two seeds of a method on pairs of twelve people, of whom the first is never recognised."""
    draw = np.random.default_rng(0)
    people = np.array([draw.permutation(12)[:3] for _ in range(50)])
    pairs = PairClasses(people[:, 0].tolist(), [tuple(row) for row in people[:, 1:].tolist()])
    found = []
    for number, spec in enumerate(SPECS[:2]):
        record = make_record(spec, seed=number)
        same = [-5.0 if one == 0 else score for one, score in zip(pairs.same, record.same, strict=True)]
        right = [float(score > 0) for score in same] + [float(score < 0) for score in record.different]
        accuracy = record.accuracy | {VERIFICATION: right}
        found.append(replace(record, accuracy=accuracy, same=same, classes=PEOPLE, pair_classes=pairs))
    return found


def test_figures_are_those_of_the_table_with_intervals_over_people(records):
    (method,), pairs = summarise(records), pairs_of(records)
    area, error, right = (one.interval for one in (pairs.area, pairs.equal_error, pairs.right))
    assert (area.mean, error.mean) == pytest.approx((method.area, method.equal_error))
    assert right.mean == pytest.approx(method.accuracy[VERIFICATION].mean())
    assert method.over_classes(VERIFICATION) == right
    assert right.half > method.over_episodes(VERIFICATION).half  # the one who is never recognised
    units = method.units(VERIFICATION)
    assert (str(units), units.values.argmin(1).tolist()) == ("12 letters", [0, 0])


def test_groups_are_identities_where_there_are_enough(records):
    grouped = [replace(one, classes=tuple(f"{name[-1]}/{name}" for name in PEOPLE)) for one in records]
    assert str(pairs_of(grouped).area.units) == "10 scripts"


def test_records_that_do_not_hold_the_same_pairs_have_none(records):
    other = replace(records[0].pair_classes, same=records[0].pair_classes.same[::-1])
    assert pairs_of([records[0], replace(records[1], pair_classes=other)]) is None
    assert pairs_of([records[0], replace(records[1], pair_classes=None)]) is None
    assert pairs_of([]) is None


def test_trainings_ranked_in_blocks_have_the_figures_of_all_together(records, monkeypatch):
    whole = pairs_of(records)
    monkeypatch.setattr(identities, "AT_ONCE", 1)
    each = pairs_of(records)
    for one, other in ((whole.area, each.area), (whole.equal_error, each.equal_error)):
        assert one.figure.values.tolist() == other.figure.values.tolist()
        assert one.figure.influences.tolist() == other.figure.influences.tolist()


def test_failures_to_acquire_are_missed_pairs_of_identities_of_their_own_and_no_answers(records):
    failing = [replace(one, pair_list=PairList(failed={"same": 5, "different": 2})) for one in records]
    pairs, whole = pairs_of(failing), pairs_of(records)
    padded = [equal_error_rate([*one.same, *[-np.inf] * 5], [*one.different, *[-np.inf] * 2]) for one in records]
    assert pairs.equal_error.mean == pytest.approx(np.mean(padded))
    assert pairs.area.names == whole.area.names
    assert len(pairs.area.identities) == len(whole.area.identities) + 7
    only = [replace(one, pair_classes=PairClasses([0] * 50, [(0, 1)] * 50)) for one in failing]
    assert pairs_of(only) is None  # all have an identity in common, whatever failed
    assert pairs.right.interval == whole.right.interval
    (method,) = summarise([replace(one, pair_classes=None) for one in failing])
    assert method.equal_error == pytest.approx(np.mean(padded))


def test_skilled_forgeries_stand_alone_where_accuracy_is_of_all_pairs(records):
    roles = ("",) * 50 + (FORGED,) * 30 + (RANDOM,) * 20
    mixed = [replace(one, pair_list=PairList(roles=roles, failed={"different": 3})) for one in records]
    (method,) = summarise(mixed)
    assert method.area == pytest.approx(np.mean([roc_area(one.same, one.different[:30]) for one in records]))
    assert method.pairs.right.interval == pairs_of(records).right.interval
    random = of_role(mixed[0], RANDOM)
    assert random.different == records[0].different[30:]
    assert random.accuracy[VERIFICATION][50:] == records[0].accuracy[VERIFICATION][80:]
