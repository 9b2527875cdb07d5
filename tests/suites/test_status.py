from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.records.failures import Failure, write_failure
from fewshot.records.store import record_file, write_record
from fewshot.suites.status import is_settled, read_status
from fewshot.suites.suite import read_suite

SEARCHED = """
title = "t"
dataset = "typefaces"
protocol = "scripts"
size = 28
seeds = [4, 5]
backbones = ["conv4"]
losses = ["triplet"]
search = { learning_rate = [1.0, 0.1] }

[[cells]]
learner = "pixels"
"""


@pytest.fixture
def suite(tmp_path):
    """Two seeds of a loss whose learning rate is searched, and the pixels."""
    file = tmp_path / "searched.toml"
    file.write_text(SEARCHED)
    return read_suite(str(file))


@pytest.fixture
def keep(make_record, tmp_path):
    """Records a spec with one accuracy for all episodes, in any suite's folder."""

    def keep(spec, accuracy=0.5, folder="searched"):
        record = replace(make_record(spec), accuracy={"20-way 1-shot": [accuracy] * 3})
        write_record(record, record_file(tmp_path, folder, spec))
        return record

    return keep


def fail(tmp_path, spec, reason="no memory"):
    write_failure(tmp_path, failure := Failure(spec, reason))
    return {spec.id: failure.attempt}


def test_at_first_the_search_can_be_run_and_every_cell_is_missing_and_ahead(suite, tmp_path):
    first, second, pixels = suite.cells
    standing = read_status(suite, tmp_path / "nothing here")
    assert standing.records == []
    assert standing.to_run == [*first.candidates, *pixels.finals]
    assert standing.ahead == [*first.candidates, *pixels.finals, first.finals[0], second.finals[0]]
    assert standing.missing == [
        (first.start, "missing"),
        (second.start, "missing"),
        (pixels.finals[0], "missing"),
    ]


def test_a_half_done_search_holds_its_cells_back(suite, tmp_path, keep):
    first, _, pixels = suite.cells
    keep(first.candidates[0])
    standing = read_status(suite, tmp_path)
    assert standing.to_run == [first.candidates[1], *pixels.finals]
    assert len(standing.ahead) == 4
    assert standing.records == []


def test_a_search_that_is_done_is_followed_by_the_chosen_specs_of_all_seeds(suite, tmp_path, keep):
    first, second, pixels = suite.cells
    keep(first.candidates[0], 0.25)
    keep(first.candidates[1], 0.75)
    standing = read_status(suite, tmp_path)
    assert standing.to_run == standing.ahead == [first.finals[1], second.finals[1], *pixels.finals]
    assert [spec for spec, _ in standing.missing] == standing.to_run


def test_records_are_those_of_chosen_specs_in_the_suites_order(suite, tmp_path, keep):
    first, second, pixels = suite.cells
    there = [keep(pixels.finals[0]), keep(second.finals[1]), keep(first.finals[1])]
    keep(second.finals[0], 1.0)
    for candidate, accuracy in zip(first.candidates, (0.25, 0.75), strict=True):
        keep(candidate, accuracy)
    standing = read_status(suite, tmp_path)
    assert standing.records == there[::-1]
    assert standing.missing == standing.to_run == standing.ahead == []


def test_a_failed_value_leaves_the_choice_to_the_others(suite, tmp_path, keep):
    first, second, pixels = suite.cells
    keep(first.candidates[1], 0.0)
    fail(tmp_path, first.candidates[0])
    assert read_status(suite, tmp_path).to_run == [first.finals[1], second.finals[1], *pixels.finals]


def test_a_search_of_which_every_value_failed_fails_its_cells(suite, tmp_path):
    first, second, pixels = suite.cells
    fail(tmp_path, first.candidates[1], "not finite")
    fail(tmp_path, first.candidates[0], "no memory")
    standing = read_status(suite, tmp_path)
    assert standing.to_run == standing.ahead == list(pixels.finals)
    why = "failed: every value of its search, no memory"
    assert standing.missing == [(first.start, why), (second.start, why), (pixels.finals[0], "missing")]


def test_a_cell_that_failed_says_why_and_is_not_run(suite, tmp_path):
    (pixels,) = suite.only(["learner=pixels"]).specs
    fail(tmp_path, pixels, "NotFinite: the loss")
    standing = read_status(suite, tmp_path)
    assert standing.missing[-1] == (pixels, "failed: NotFinite: the loss")
    assert pixels not in standing.to_run


def test_a_failure_from_before_is_tried_again(suite, tmp_path):
    (pixels,) = suite.only(["learner=pixels"]).specs
    before = fail(tmp_path, pixels)
    assert pixels not in read_status(suite, tmp_path).to_run
    assert pixels in read_status(suite, tmp_path, before).to_run
    fail(tmp_path, pixels)
    assert pixels not in read_status(suite, tmp_path, before).to_run


def test_only_searched_values_that_diverged_are_not_tried_again(suite, tmp_path):
    (one, other), (pixels,) = suite.cells[0].candidates, suite.only(["learner=pixels"]).specs
    fail(tmp_path, one)
    fail(tmp_path, other, "NotFinite: the loss")
    fail(tmp_path, pixels, "NotFinite: the loss")
    assert {*read_status(suite, tmp_path).again().failed} == {other.id}


def test_a_record_overrules_a_failure(suite, tmp_path, keep):
    (pixels,) = suite.only(["learner=pixels"]).specs
    fail(tmp_path, pixels)
    record = keep(pixels)
    standing = read_status(suite, tmp_path)
    assert standing.records == [record]
    assert standing.failed == {}


def test_records_count_wherever_they_lie_and_only_the_suites_own(suite, tmp_path, keep):
    first, *_, pixels = suite.cells
    foreign = replace(pixels.finals[0], size=99)
    record = keep(pixels.finals[0], folder="another suite")
    keep(foreign)
    fail(tmp_path, replace(foreign, size=98))
    draft = record_file(tmp_path, "searched", first.finals[0])
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.with_name(f".{draft.name}.123.draft").write_text("half of")
    standing = read_status(suite, tmp_path)
    assert (standing.recorded, standing.failed) == ({record.id: record}, {})


def test_known_records_are_not_read_again_and_count_while_their_file_is_there(suite, tmp_path, keep):
    (pixels,) = suite.only(["learner=pixels"]).specs
    record = keep(pixels)
    known = read_status(suite, tmp_path)
    file = record_file(tmp_path, "searched", pixels)
    file.write_text("no longer a record")
    assert read_status(suite, tmp_path, known=known.recorded).records == [record]
    with pytest.raises(RequestError, match="expected a run's record"):
        read_status(suite, tmp_path)
    file.unlink()
    assert read_status(suite, tmp_path, known=known.recorded).records == []


def test_a_spec_is_settled_once_it_is_recorded_or_has_failed_anew(suite, tmp_path, keep):
    first, *_, pixels = suite.cells
    (spec,), (searched, other) = pixels.finals, first.candidates
    assert not is_settled(spec, suite, tmp_path)
    before = fail(tmp_path, spec, "NotFinite: the loss") | fail(tmp_path, searched, "NotFinite: the loss")
    before |= fail(tmp_path, other)
    assert [is_settled(one, suite, tmp_path) for one in (spec, searched, other)] == [True, True, True]
    assert [is_settled(one, suite, tmp_path, before) for one in (spec, searched, other)] == [False, True, False]
    keep(spec, folder="another suite")
    assert is_settled(spec, suite, tmp_path, before)


def test_no_record_or_failure_of_another_spec_is_read(suite, tmp_path, keep):
    first, *_, pixels = suite.cells
    record = keep(pixels.finals[0])
    for folder in (tmp_path / "runs" / "another", tmp_path / "failed"):
        folder.mkdir()
        (folder / "0123456789ab.json").write_text("half of")
    assert read_status(suite, tmp_path).records == [record]
    assert is_settled(pixels.finals[0], suite, tmp_path)
    assert not is_settled(first.finals[0], suite, tmp_path)


def test_the_runs_of_a_second_rung_follow_those_of_the_first(tmp_path, keep):
    (tmp_path / "rungs.toml").write_text(SEARCHED.replace("0.1]", "0.1, 0.01], rungs = [60, 80], keep = 2"))
    suite = read_suite(str(tmp_path / "rungs.toml"))
    first, second, pixels = suite.cells
    (slow, *_), (again, also, last) = first.rungs
    for (run,), accuracy in zip(first.rungs[0], (0.25, 0.5, 0.75), strict=True):
        keep(run, accuracy)
    standing = read_status(suite, tmp_path)
    assert standing.to_run == [*also, *last, *pixels.finals]
    assert standing.ahead == [*standing.to_run, first.finals[0], second.finals[0]]
    keep(also[0], 0.5)
    fail(tmp_path, last[0], "NotFinite: the loss")
    standing = read_status(suite, tmp_path)
    assert standing.to_run == [first.finals[1], second.finals[1], *pixels.finals]
    assert set(standing.choices) == {first.finals[1].id, second.finals[1].id}
    assert standing.choices[first.finals[1].id].values == {"learning_rate": 0.1}
    assert not {slow[0].id, again[0].id} & {spec.id for spec in standing.ahead}
