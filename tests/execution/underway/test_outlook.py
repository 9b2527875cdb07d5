"""The outlook: when commands end that share cells or not, and what is told of killed ones."""

from dataclasses import replace
from pathlib import Path

import pytest

from fewshot.core.files import SEAL, STEP
from fewshot.execution.underway.outlook import Outlook, lines_of, look
from fewshot.execution.underway.trace import Trace, Work, trace_file
from fewshot.records.sources import digest_of_sources

NOW = 1_000_000.0
WORK = Work("triplet, conv4, seed 0", "training", 150, 600, 0.1)


def outlook(alive=(), killed=(), recorded=(), networks=(), checkpoints=None) -> Outlook:
    return Outlook([*alive], [*killed], frozenset(recorded), frozenset(networks), checkpoints or {})


def trace(done=30.0, busy=60.0, **given) -> Trace:
    given = {"ahead": {"a": 100.0, "b": 100.0, "c": 100.0}, "now": {"b": WORK}} | given
    return Trace(
        "losses", "Losses", pid=7, host="here", started=NOW - 600, updated=NOW - 1, done=done, busy=busy, **given
    )


def test_a_command_ends_when_what_nobody_has_done_is_done_at_its_pace():
    one = trace()
    assert outlook([one], recorded=["a"]).seconds(one) == pytest.approx((75 + 100) / 0.5)
    assert outlook([trace(done=0.0)]).seconds(trace(done=0.0)) is None


def test_commands_that_share_cells_share_the_work_and_others_do_not():
    one, other = trace(), trace(now={"a": WORK})
    apart = trace(ahead={"d": 50.0}, now={})
    assert outlook([one, other, apart]).seconds(one) == pytest.approx((75 + 75 + 100) / 1.0)
    assert outlook([one, other, apart]).seconds(apart) == pytest.approx(50 / 0.5)


def test_no_command_ends_before_the_cell_that_it_is_at():
    slow = trace(now={"b": Work("slow", "training", 0, 600, 10.0)}, ahead={"b": 1.0})
    assert outlook([slow]).seconds(slow) == 6000


def test_a_cell_that_fails_while_a_command_is_at_work_is_over_for_it():
    one = trace()
    failed = {"a": one.started + 5, "c": one.started - 5}
    assert replace(outlook([one]), failed=failed).seconds(one) == pytest.approx((75 + 100) / 0.5)
    assert "; 1 of 3 runs done; " in "\n".join(lines_of(replace(outlook([one]), failed=failed), Path("r"), NOW))


def test_recorded_cells_that_are_trained_again_are_done_with_their_networks():
    again = trace(again=True)
    assert outlook([again], recorded="abc", networks="a").seconds(again) == pytest.approx(350)


def test_lines_tell_cells_steps_and_ends_and_escape_what_others_wrote():
    one = trace(now={"b": WORK, "c": Work("\x1b[2Jhausdorff", "images", 0, 0)})
    title, command, cell, images = lines_of(outlook([one], recorded=["a"]), Path("results"), NOW)
    assert title == "losses: Losses"
    assert command.startswith("  process 7 on here, for 10 minutes; 1 of 3 runs done; ends in about 6 minutes, at ")
    assert cell == "  training, step 150 of 600, 25 %, about 45 seconds left: triplet, conv4, seed 0"
    assert images == "  images: \\x1b[2Jhausdorff"
    assert lines_of(outlook([one]), Path("results"), NOW + 500)[-1] == "  no news for 8 minutes"


def test_killed_commands_and_lone_checkpoints_are_told_as_such():
    lines = lines_of(outlook(killed=[trace()], checkpoints={"b": 125, "d": 50}), Path("results"), NOW + 59)
    assert lines == [
        "nothing runs in results",
        "losses: process 7 on here was killed about 60 seconds ago",
        "  triplet, conv4, seed 0, at step 150 of 600: the same command goes on from step 125",
        "  d has stopped at step 50: the same command goes on from there",
    ]


def test_a_look_reads_traces_records_and_the_first_bytes_of_checkpoints(tmp_path):
    name = "0123456789ab"
    folder = tmp_path / "unfinished"
    folder.mkdir()
    (folder / f"{name}-{digest_of_sources()}.pt").write_bytes(bytes(SEAL) + (125).to_bytes(STEP, "big") + b"weights")
    (folder / "another.pt").write_bytes(b"no checkpoint")
    (folder / f"{name[::-1]}-othersources.pt").write_bytes(bytes(SEAL) + (3).to_bytes(STEP, "big"))
    trace_file(tmp_path, "killed").write_text(trace().to_text())
    found = look(tmp_path)
    assert (found.alive, found.killed, found.checkpoints) == ([], [trace()], {name: 125})
