"""The plan of a run: groups left out, searches, and the time."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from fewshot.cli.plan import _left_out, plan_lines, time_line
from fewshot.records.facts import machine_facts
from fewshot.records.store import unfinished
from fewshot.suites.status import Status
from fewshot.suites.suite import read_suite
from fewshot.training.checkpoint import Checkpoint

CLASSES = (
    "Greek/alpha",
    "Greek/beta",
    "Ogham/one",
    "Ogham/two",
    "Ogham/three",
    "Latin/a",
    "Latin/b",
    "Latin/c",
    "Latin/d",
)


def spec(*changes: str):
    return read_suite("quickstart", changes=changes).only(["loss=verification"]).specs[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([], []),
        (["training.within_group=0.5", "training.task.way=4"],
         ["left out of 4-way tasks within a group: Greek (2), Ogham (3)"]),
        (["training.pairs=20", "training.batch=4"], ["left out of pairs: Greek (2)"]),
    ],
)  # fmt: skip
def test_groups_with_too_few_classes_are_named(monkeypatch, changes, said):
    made_up = SimpleNamespace(open=False, learned_from=lambda learn: CLASSES)
    found = spec(*changes)
    monkeypatch.setattr("fewshot.cli.plan.load_protocol", lambda name: made_up)
    assert _left_out(found) == said


def test_the_searches_of_a_plan_have_points_runs_and_steps():
    search = ["search.learning_rate={ low = 0.001, high = 0.1 }", "search.points=6", "search.rungs=[100, 300]"]
    suite = read_suite("quickstart", changes=[*search, "search.keep=2", "search.folds=3"], seeds=2)
    none = Status(suite, {}, {})
    lines = plan_lines(none, none, "", Path("results"))
    assert lines[1:3] == [
        "96 runs on val to search by, 0 of them recorded; 14,400 steps",
        "  4 searches: 6 points trained for 100 steps, the best 2 anew for 300 steps, each on 3 folds of train and val"
        "; learning_rate 0.0239 to 0.0981",
    ]
    assert sum("to search" in line for line in lines[3:]) == 8


def test_records_of_points_that_a_search_has_left_behind_do_not_count(make_record):
    search = ["search.learning_rate={ low = 0.001, high = 0.1 }", "search.points=6", "search.rungs=[100, 300]"]
    suite = read_suite("quickstart", changes=[*search, "search.keep=2"]).only(["loss=triplet"])
    first, second = suite.cells[0].rungs
    there = [run for runs in (*first, *second[1:]) for run in runs]  # of equals the first two go on
    status = Status(suite, {run.id: make_record(run) for run in there}, {})
    assert plan_lines(status, status, "", Path("results"))[1].startswith(
        "8 runs on val to search by, 7 of them recorded; "
    )


def test_a_cell_with_a_checkpoint_says_at_which_step_it_stands(tmp_path):
    suite = read_suite("quickstart", steps=4000).only(["loss=triplet"])
    none, spec = Status(suite, {}, {}), suite.specs[0]
    Checkpoint(unfinished(tmp_path, spec, machine_facts())).write({"step": 1200})
    lines = plan_lines(none, none, "", tmp_path, networks=True)
    assert lines[1].endswith("triplet, euclidean, conv4, seed 0, at step 1,200 of 4,000")
    assert lines[-1] == f"records go to {tmp_path / 'runs' / 'quickstart'}, networks to {tmp_path / 'weights'}"
    unfinished(tmp_path, spec, machine_facts()).write_bytes(b"short")
    assert plan_lines(none, none, "", tmp_path)[1].endswith("triplet, euclidean, conv4, seed 0")


def test_the_time_of_searches_is_part_of_the_whole():
    whole = "about 60 seconds of training, 20 seconds of it to search, from measured steps of 10 ms"
    assert time_line(60, 20, [0.01], "") == whole
    assert time_line(60, 0, [0.01, 0.02], "") == "about 60 seconds of training, from measured steps of 10 to 20 ms"
