"""`fewshot watch`: plain lines for scripts, and an end where nothing runs."""

import io
import sys

import pytest

from fewshot.cli import watch
from fewshot.cli.main import main
from fewshot.execution.underway.outlook import Outlook
from fewshot.execution.underway.trace import Trace


@pytest.fixture
def looks(monkeypatch):
    """Two looks at a folder: lines of a command at work, and then none."""
    told = iter([["one: at work", "  a long line " + "x" * 200], ["nothing runs"]])
    alive = iter([[Trace("one", "", {})], []])
    monkeypatch.setattr(watch, "look", lambda results: Outlook(next(alive), [], frozenset(), frozenset(), {}))
    monkeypatch.setattr(watch, "lines_of", lambda outlook, results: next(told))
    monkeypatch.setattr(watch.time, "sleep", lambda seconds: None)


def test_once_prints_and_ends(tmp_path, capsys):
    assert main(["watch", str(tmp_path), "--once"]) == 0
    assert capsys.readouterr().out == f"nothing runs in {tmp_path}\n"
    assert main(["watch", str(tmp_path / "none")]) == 2
    assert "expected records in it, it is not there" in capsys.readouterr().err


def test_without_a_terminal_there_are_plain_lines_until_nothing_runs(looks, tmp_path, capsys):
    assert main(["watch", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"one: at work\n  a long line {'x' * 200}\nnothing runs\n"


def test_a_terminal_is_drawn_over_and_lines_are_cut_to_it(looks, tmp_path, monkeypatch):
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["watch", str(tmp_path)]) == 0
    first, second = screen.getvalue().split(watch.HOME)[1:]
    assert first == f"one: at work{watch.END}\n  a long line {'x' * 24}…{watch.END}\n{watch.REST}"
    assert second == f"nothing runs{watch.END}\n{watch.REST}"
