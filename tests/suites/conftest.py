"""A suite of a text."""

import pytest
from suite_texts import SMALL

from fewshot.suites.suite import read_suite


@pytest.fixture
def suite(tmp_path):
    """The suite of a text, read from mine.toml: `suite(text, steps=9)`."""

    def write(text=SMALL, **keywords):
        file = tmp_path / "mine.toml"
        file.write_text(text, encoding="utf-8", newline="")
        return read_suite(str(file), **keywords)

    return write
