"""The line of a run's progress: at 80 columns it has the cell, the bar and the time left."""

import io
import sys
from os import terminal_size

import pytest

from fewshot.core import progress
from fewshot.execution.underway.progress import cells_followed
from fewshot.suites.suite import read_suite


@pytest.fixture
def lines(monkeypatch):
    """Moves the bar of quickstart, on a terminal of 80 columns or to a file: the lines that it draws."""

    def draw(terminal: bool) -> list[str]:
        screen = io.StringIO()
        screen.isatty = lambda: terminal
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setattr(progress, "get_terminal_size", lambda: terminal_size((80, 24)))
        specs = read_suite("quickstart").specs
        with cells_followed(specs, in_logs=True) as move:
            for spec in specs[:2]:
                move(spec, "training", 300)
        return [line.strip() for line in screen.getvalue().split("\r") if line.strip()]

    return draw


def test_a_terminal_shows_the_cell_and_the_time_left(lines):
    last = lines(True)[-1]
    assert last.startswith("cell 2/5, training: contrastive")
    assert "25%|" in last
    assert "<" in last.rsplit("|", 1)[1]
    assert len(last) <= 80


def test_a_log_has_the_whole_label(lines):
    assert "cell 2/5, training: contrastive(margin=8.0), euclidean, conv4, seed 0  25%|" in lines(False)[-1]


def test_an_ensemble_trains_nothing():
    specs = read_suite("quickstart", changes=["ensembles=true"], seeds=2).only(["loss=triplet"]).specs
    heard = []
    with cells_followed(specs, lambda *given: heard.append(given[1:])) as move:
        for spec in specs:
            move(spec, "evaluation", 600 if spec.trains else 0)
    assert heard[-1] == (1200, 1200)
