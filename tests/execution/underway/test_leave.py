"""The trace of a command: what it is at, how much it has done, and nothing once it has ended."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fewshot.core.files import claim
from fewshot.execution.underway import leave
from fewshot.execution.underway.leave import left
from fewshot.execution.underway.progress import cells_followed
from fewshot.execution.underway.trace import Trace, Work, is_alive, lock_of, read_traces, trace_file
from fewshot.suites.suite import read_suite


@pytest.fixture
def suite():
    return read_suite("quickstart", changes=["training.steps=600"], stage="val")


@pytest.fixture
def clock(monkeypatch):
    """The seconds that the writer of a trace reads, which a test sets."""
    now = [100.0]
    monkeypatch.setattr(leave.time, "monotonic", lambda: now[0])
    return now


def only(results: Path) -> Trace:
    ((_, trace),) = read_traces(results)
    return trace


def test_a_trace_tells_where_a_command_is_and_what_it_has_done_and_goes_with_it(suite, tmp_path, clock):
    one, other, *_, pixels = suite.specs
    seconds = {spec.id: 60.0 for spec in suite.specs}
    with left(tmp_path, suite, suite.specs, seconds) as trace, cells_followed(suite.specs, False, trace=trace) as move:
        assert only(tmp_path).ahead == {spec.id: 60.0 for spec in suite.specs if spec is not pixels} | {pixels.id: 0.0}
        for clock[0], spec, work, step in (
            (100.0, one, "images", 0),
            (110.0, one, "training", 300),  # resumed: what was done before is not of this command
            (130.0, one, "training", 600),
            (140.0, one, "verification", 600),
            (150.0, other, "training", 25),
            (160.0, other, "training", 100),
        ):
            move(spec, work, step)
        found = only(tmp_path)
        assert (found.suite, found.title) == (suite.name, suite.title)
        assert found.now[other.id] == Work(found.now[other.id].label, "training", 100, 600, pytest.approx(10 / 75))
        assert found.now[one.id].label == "verification, weighted_l1, conv4, seed 0"
        assert found.done == pytest.approx(60 * (300 + 100) / 600)
        assert found.busy == 50
        assert is_alive(*next(read_traces(tmp_path)))
    assert not [*(tmp_path / "unfinished").iterdir()]


def test_writes_are_few(suite, tmp_path, clock, monkeypatch):
    written, spec = [], suite.specs[0]
    monkeypatch.setattr(leave, "write_whole", lambda file, content, sync: written.append(clock[0]))
    with left(tmp_path, suite, suite.specs) as trace:
        for step in range(1, 601):
            clock[0] += 0.01
            trace.move(spec, "label", "training", step)
    assert len(written) <= 2 + 600 * 0.01 / leave.EVERY


def test_a_cell_that_a_search_has_chosen_takes_the_place_of_the_one_that_stood_for_it(suite, tmp_path):
    one = suite.specs[0]
    chosen = replace(one, training=replace(one.training, learning_rate=0.5))
    with left(tmp_path, suite, suite.specs) as trace:
        trace.move(chosen, "chosen", "images", 0)
        ahead = trace.trace.ahead
    assert (one.id in ahead, ahead[chosen.id], len(ahead)) == (False, 600.0, len(suite.specs))


def test_a_member_that_is_trained_for_an_ensemble_does_not_take_its_place(tmp_path):
    suite = read_suite("quickstart", changes=["ensembles=true"], seeds=2).only(["loss=triplet"])
    member, _, whole = suite.specs
    with left(tmp_path, suite, [whole]) as trace:
        for spec, work in ((whole, "images"), (member, "training"), (whole, "verification")):
            trace.move(spec, "label", work, 0)
        assert only(tmp_path).ahead == {whole.id: 0.0, member.id: 0.0}
        assert (trace.trace.now[member.id].steps, trace.trace.now[whole.id].steps) == (600, 0)


def test_the_next_command_removes_the_traces_of_killed_ones_on_its_suite(suite, tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name, number in (("quickstart", gone.pid), ("other", gone.pid)):
        file = trace_file(tmp_path, name)
        lock_of(file).parent.mkdir(exist_ok=True)
        lock_of(file).touch()
        file.write_text(Trace(name, "", {}, pid=number).to_text())
        assert not is_alive(file, only(tmp_path) if name == "quickstart" else Trace(name, "", {}, pid=number))
    trace_file(tmp_path, "damaged").write_text('{"suite": 1, "now": {}}')
    lock_of(begun := trace_file(tmp_path, "begun")).touch()  # killed before it had a trace
    begun.with_name(f".{begun.name}.1.draft").touch()
    with left(tmp_path, suite, suite.specs):
        assert sorted(trace.suite for _, trace in read_traces(tmp_path)) == ["other", "quickstart"]
    assert only(tmp_path).suite == "other"
    names = {file.name for file in (tmp_path / "unfinished").iterdir()}
    assert names == {"run-other.json", "run-other.lock", "run-damaged.json"}


def test_the_number_of_a_killed_process_may_be_anothers(tmp_path):
    file = trace_file(tmp_path, "name")
    lock_of(file).parent.mkdir()
    lock_of(file).touch()
    trace = Trace("suite", "", {})  # of this process, which holds no lock
    assert not is_alive(file, trace)
    with claim(lock_of(file)):
        assert is_alive(file, trace)
        assert is_alive(file, replace(trace, host="another machine", pid=-1))


def test_where_no_trace_can_be_written_there_is_none(suite, tmp_path):
    (tmp_path / "unfinished").write_text("a file")
    with left(tmp_path, suite, suite.specs) as trace, cells_followed(suite.specs, False, trace=trace) as move:
        move(suite.specs[0], "training", 25)
    assert trace is None
