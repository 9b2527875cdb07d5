"""Exits that code asks for by itself become errors; the user's Ctrl-C stops."""

import os
import signal
import sys
from pathlib import Path

import pytest

from fewshot.core.part_code import Exit, calls_in, no_exit


def interrupt():
    raise KeyboardInterrupt


def close():
    raise GeneratorExit


def end():
    os._exit(0)


@pytest.mark.parametrize(
    ("leave", "name"),
    [
        (sys.exit, "SystemExit"),
        (interrupt, "KeyboardInterrupt"),
        (close, "GeneratorExit"),
        (end, r"SystemExit: os\._exit\(0\)"),
    ],
)
def test_an_exit_is_an_error_with_the_calls_that_led_to_it(leave, name):
    before, hard_exit = signal.getsignal(signal.SIGINT), os._exit
    with pytest.raises(Exit, match=name) as raised, no_exit():
        leave()
    assert calls_in(raised.value, [Path(__file__)])
    assert signal.getsignal(signal.SIGINT) is before
    assert os._exit is hard_exit


def test_ctrl_c_is_no_exit():
    with pytest.raises(KeyboardInterrupt), no_exit(), no_exit():
        signal.raise_signal(signal.SIGINT)


def test_an_exit_of_other_files_stays_one(tmp_path):
    with pytest.raises(SystemExit), no_exit([tmp_path / "mine.py"]):
        sys.exit()
    with pytest.raises(Exit), no_exit([Path(__file__)]):
        sys.exit()


def test_errors_are_as_they_were():
    with pytest.raises(KeyError), no_exit():
        raise KeyError
