"""The plan of a run: groups left out, searches, and the time."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from fewshot.cli.plan import _left_out, plan_lines, time_line
from fewshot.suites.status import Status
from fewshot.suites.suite import read_suite

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


def test_the_time_of_searches_is_part_of_the_whole():
    whole = "about 60 seconds of training, 20 seconds of it to search, from measured steps of 10 ms"
    assert time_line(60, 20, [0.01], "") == whole
    assert time_line(60, 0, [0.01, 0.02], "") == "about 60 seconds of training, from measured steps of 10 to 20 ms"
