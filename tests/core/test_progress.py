"""How often the progress bar is redrawn, and times in words."""

import sys

import pytest

from fewshot.core.progress import duration, open_bar


@pytest.mark.parametrize(("terminal", "every"), [(True, 0.5), (False, 20)])
def test_a_log_gets_fewer_lines_than_a_terminal(monkeypatch, terminal, every):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with open_bar(3, "step", leave=False) as bar:
        assert (bar.total, bar.unit, bar.mininterval) == (3, "step", every)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 second"), (80, "80 seconds"), (600, "10 minutes"), (7200, "2.0 hours"), (9e5, "10.4 days")],
)
def test_durations_are_in_words(seconds, text):
    assert duration(seconds) == text
