"""The table of mistakes: a row for each, in every format; no layout but its own."""

from dataclasses import replace

import pytest
from mistaken import EFFECTS, mistaken_records

from fewshot.core.errors import RequestError
from fewshot.reporting.pitfalls.table import pitfalls_table
from fewshot.reporting.render import FORMATS, render
from fewshot.reporting.tables.suite import suite_table
from fewshot.suites.status import Status
from fewshot.suites.suite import read_suite


@pytest.fixture
def status(make_record):
    records = mistaken_records(make_record)
    return Status(read_suite("pitfalls", seeds=4), {record.id: record for record in records}, {})


def test_each_mistake_has_a_row_with_both_figures_and_their_difference(status):
    table = pitfalls_table(status)
    lines = {line[0]: line[1:5] for line in table.ours.lines}
    assert lines["measured classes in training"][:2] == ("81.0", "91.0")
    assert lines["measured classes in training"][2].startswith("+10.0 ± ")
    assert lines["tasks across alphabets"] == ("81.0", "80.0", "−1.0 ± 0.0", "5 alphabets, 3 trainings")
    assert len(lines) == len(EFFECTS) + 4
    assert "3 of 12 runs have no record: missing" in table.notes
    frame = table.to_frame().set_index("mistake")
    assert frame.loc["measured_in_training", "difference"] == pytest.approx(0.1)
    assert frame.loc["across_alphabets", ["right", "with_mistake"]].tolist() == [0.81, 0.80]
    for form in FORMATS:
        assert "tasks across alphabets" in render(table, form, 200)


def test_without_records_it_has_no_row_and_says_so(tmp_path):
    table = suite_table(Status(read_suite("pitfalls"), {}, {}), tmp_path, evaluations={})
    assert table.ours.lines == ()
    assert "15 of 15 runs have no record: missing" in table.notes
    bare = replace(read_suite("pitfalls"), note="")
    assert all(suite_table(Status(bare, {}, {}), tmp_path, evaluations={}).notes)
    assert all(render(table, form) for form in FORMATS)


@pytest.mark.parametrize("layout", [{"rows": ["loss"]}, {"columns": ["task"]}, {"sort": "suite"}])
def test_another_layout_is_refused(status, tmp_path, layout):
    with pytest.raises(RequestError, match="rows and columns of its own"):
        suite_table(status, tmp_path, evaluations={}, **layout)
