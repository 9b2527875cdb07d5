"""Plug-ins of a text that are made known, and what a check refuses of them."""

from textwrap import dedent

import pytest
from jaxtyping import config

from fewshot.conformance import check
from fewshot.core.errors import RequestError
from fewshot.registry.lookup import add_plugin


@pytest.fixture(autouse=True)
def _as_installed(monkeypatch):
    """Without the tests' own checks of shapes."""
    monkeypatch.setattr(config, "jaxtyping_disable", True)


@pytest.fixture
def add(tmp_path):
    """Makes a plug-in `mine` of this text known and returns its entry."""

    def add(text: str):
        file = tmp_path / "mine.py"
        file.write_text('"""A part of mine."""\n' + dedent(text), encoding="utf-8")
        return add_plugin(file)

    return add


@pytest.fixture
def refused(add):
    """Checks that a plug-in of this text is refused with this reason."""

    def refused(text: str, message: str, **given):
        entry = add(text)
        with pytest.raises(RequestError, match=message):
            check(entry.kind, entry.name, **given)

    return refused
