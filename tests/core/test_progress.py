"""How often the progress bar is redrawn."""

import sys

import pytest

from fewshot.core.progress import open_bar


@pytest.mark.parametrize(("terminal", "every"), [(True, 0.5), (False, 20)])
def test_a_log_gets_fewer_lines_than_a_terminal(monkeypatch, terminal, every):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with open_bar(3, "step", leave=False) as bar:
        assert (bar.total, bar.unit, bar.mininterval) == (3, "step", every)
