"""Notices: warnings to Python, lines on the command line."""

import warnings

import pytest

from fewshot.core.notices import Notice, note, plain_notices


@pytest.mark.filterwarnings("always")
def test_a_notice_is_a_warning_outside_and_a_line_inside_the_block(capsys):
    with pytest.warns(Notice, match="^the cache is full$"):
        note("the cache is full")
    with plain_notices():
        note("the cache is full")
        note("the cache is full")
    assert capsys.readouterr().err == "fewshot: the cache is full\n"
    with pytest.warns(UserWarning, match="another's"), plain_notices():
        warnings.warn("another's", UserWarning, stacklevel=1)
