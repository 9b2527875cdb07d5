"""The matrix of differences, and the comparison of two methods from Python."""

from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.reporting.comparisons.difference_table import compare_methods, make_difference_table
from fewshot.suites.suite import read_suite

SPECS = read_suite("tests/reporting/golden/suite.toml", seeds=2).specs


@pytest.fixture
def records(make_record):
    """Two seeds of two losses."""
    return [make_record(spec, seed=number) for number, spec in enumerate(SPECS[:4])]


def test_the_matrix_has_each_difference_twice_with_both_signs(records):
    table = make_difference_table("Losses", records)
    assert table.ours.header == ("task", "method", "accuracy", "− 1", "− 2")
    best, other = table.ours.lines[:2]
    assert (best[1][:2], other[1][:2], best[3], other[4]) == ("1 ", "2 ", "–", "–")
    assert best[4].lstrip("+") == other[3].lstrip("−")
    assert best[4].startswith("+")
    assert len(table.tidy.lines) == 2  # of two kinds of task
    assert "with episodes (n = 40) and trainings as random effects" in table.notes[0]


def test_one_kind_of_task_stands_in_the_title(records):
    alone = [replace(record, accuracy={"20-way 1-shot": record.accuracy["20-way 1-shot"]}) for record in records]
    table = make_difference_table("Losses", alone)
    assert (table.title, table.ours.header[0]) == ("Losses: 20-way 1-shot", "method")


def test_methods_on_other_episodes_are_not_compared(records):
    on_val = replace(records[2], spec=replace(records[2].spec, stage="val"))
    with pytest.raises(RequestError, match="expected records of two methods on the same episodes, found none"):
        make_difference_table("", [records[0], on_val])


def test_seeds_without_a_record_are_named(records):
    table = make_difference_table("", records[1:], [(records[0].spec, "missing")])
    assert table.notes[-1] == "verification: from 1 of 2 seeds; seed 0 missing"


def test_pairs_are_counted_among_those_on_the_same_episodes(records):
    on_val = [replace(record, spec=replace(record.spec, stage="val")) for record in records]
    table = make_difference_table("", [*records, *on_val])
    assert not any("pairs" in note for note in table.notes)  # there are two pairs, each alone


def test_two_methods_are_compared_on_each_kind_of_task(records):
    table = compare_methods(records[:2], records[2:])
    frame = table.to_frame()
    assert frame["task"].tolist() == ["5-way 1-shot", "20-way 1-shot"]
    ours, theirs = (sum(sum(r.accuracy["5-way 1-shot"]) for r in some) / 80 for some in (records[:2], records[2:]))
    assert frame["difference"][0] == pytest.approx(ours - theirs, abs=5e-5)
    assert frame["units"].tolist() == ["episodes"] * 2
    assert (frame["half_width_units"] > 0).all()
    swapped = compare_methods(records[2:], records[:2]).to_frame()
    assert swapped["difference"].tolist() == (-frame["difference"]).tolist()
    assert swapped["p"].tolist() == frame["p"].tolist()


def test_arguments_that_are_no_two_methods_are_refused(records):
    on_val = replace(records[2], spec=replace(records[2].spec, stage="val"))
    for wrong, message in (
        ((records[:1], records[1:2]), "expected two methods, got verification twice"),
        ((records[1:3], records[3:]), "a: expected records of one method, got 2 methods"),
        (([records[0]] * 2, records[2:]), "a: expected each record once, got 2 of 1"),
        (([], records), "a: expected records of one method, got 0 methods"),
        ((records[0], on_val), "same episodes, got stage test and stage val"),
    ):
        with pytest.raises(RequestError, match=message):
            compare_methods(*wrong)
