"""Logs while cells run: the records are the same with any of them, and with those that fail or never end."""

import sys
import threading
from dataclasses import replace

import pytest
from runs import ready

from fewshot.core.errors import Lacking, RequestError
from fewshot.core.notices import Notice
from fewshot.execution.logs import logs
from fewshot.execution.logs.kinds import check_log
from fewshot.execution.serial import run_suite
from fewshot.suites.suite import read_suite
from fewshot.training.meter import Row

TINY = ["training.steps=4", "training.val_every=2", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]"]


@pytest.fixture
def specs():
    return read_suite("quickstart", changes=TINY, stage="val").only(["loss=triplet", "loss=contrastive"]).specs


@pytest.fixture
def records(tmp_path):
    """Runs a suite with a kind of log: its records without facts."""

    def run(kind: str) -> list[dict]:
        suite = read_suite("quickstart", changes=TINY, stage="val").only(["loss=triplet"])
        prepared, context = ready(suite, folder := tmp_path / f"of {kind}")
        with logs.logged(kind, folder) as rows:
            status = run_suite(prepared, replace(context, rows=rows))
        return [record.plain() | {"facts": {}} for record in status.records]

    return run


def row(step: int) -> Row:
    return Row(step, 0.5, 0.1, None, 100.0, 0.0)


class Kept:
    """A log that tells what is written into it."""

    def __init__(self, told: list, fails: Exception | None = None) -> None:
        self.told, self.fails = told, fails

    def __call__(self, folder, spec, resumed):
        self.told.append((spec.id, "resumed" if resumed else "opened"))
        return self

    def write(self, rows):
        if self.fails:
            raise self.fails
        self.told.append([row.step for row in rows])

    def close(self):
        self.told.append("closed")


def test_a_log_changes_nothing_and_neither_does_one_that_hangs(records, monkeypatch):
    plain, hang = records(""), threading.Event()
    assert records("csv") == plain
    monkeypatch.setattr(logs, "opener", lambda kind: lambda *given: hang.wait() and Kept([])(*given))
    monkeypatch.setattr(logs, "PATIENCE", 0.05)
    with pytest.warns(Notice, match="not all is written after 0 seconds more; the records are whole"):
        assert records("hangs") == plain
    hang.set()


def test_a_log_that_fails_is_named_once_and_the_others_go_on(specs, tmp_path, monkeypatch):
    told, one, other = [], *specs
    failing, kept = Kept([], OSError("no space\nleft")), Kept(told)
    choose = lambda folder, spec, resumed: (failing if spec is one else kept)(folder, spec, resumed)  # noqa: E731
    monkeypatch.setattr(logs, "opener", lambda kind: choose)
    texts = []
    monkeypatch.setattr(logs, "note", texts.append)
    with logs.logged("csv", tmp_path) as take:
        for step in (2, 4):
            take(one, [row(step)])
            take(other, [row(step)])
    assert texts == [f"--log csv: {one.id} has no log from here on: OSError: no space\\nleft"]
    assert told == [(other.id, "opened"), [2], [4], "closed"]


def test_rows_that_begin_again_are_of_a_log_that_begins_again(specs, tmp_path, monkeypatch):
    told, spec = [], specs[0]
    monkeypatch.setattr(logs, "opener", lambda kind: Kept(told))
    with logs.logged("csv", tmp_path) as take:
        for rows in ([row(1)], [], [row(2)], [row(1), row(2)], [row(3)]):
            take(spec, rows)
    opened, again = (spec.id, "opened"), (spec.id, "resumed")
    assert told == [opened, [1], [2], "closed", again, [1, 2], [3], "closed"]


def test_a_missing_library_a_wrong_kind_and_a_folder_that_cannot_be_are_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(
        Lacking, match=r"--log wandb: expected wandb to be installed, got: .*; with pip, pip install wandb"
    ):
        check_log("wandb", tmp_path)
    with pytest.raises(RequestError, match=r"unknown log 'csw'.* did you mean csv"):
        check_log("csw", tmp_path)
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(
        RequestError, match=r"--log csv: expected a folder that can be written, got .*logs: Not a directory"
    ):
        check_log("csv", tmp_path)
