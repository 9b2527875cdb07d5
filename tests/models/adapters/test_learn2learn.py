"""learn2learn is imported in silence, and its absence is one message."""

import sys
from unittest.mock import patch

import pytest

from fewshot.core.errors import RequestError
from fewshot.models.adapters.learn2learn import import_learn2learn

NOISY = (
    "import sys, warnings\nprint('no longer maintained', file=sys.stderr)\nwarnings.warn('old', DeprecationWarning)\n"
)


@pytest.fixture
def nothing_imported():
    """As in a fresh interpreter: neither learn2learn nor gym was imported; afterwards what there was is back."""
    kept = {name: module for name, module in sys.modules.items() if name.split(".")[0] not in ("gym", "learn2learn")}
    with patch.dict(sys.modules, kept, clear=True):
        yield


def test_gyms_notice_and_warnings_are_not_printed(nothing_imported, tmp_path, monkeypatch, capsys):
    (tmp_path / "gym.py").write_text(NOISY)
    (tmp_path / "learn2learn" / "vision").mkdir(parents=True)
    (tmp_path / "learn2learn" / "__init__.py").write_text("import gym\n")
    (tmp_path / "learn2learn" / "vision" / "__init__.py").touch()
    (tmp_path / "learn2learn" / "vision" / "models.py").write_text("HERE = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert import_learn2learn().vision.models.HERE
    assert capsys.readouterr() == ("", "")


def test_a_missing_library_is_a_message_with_the_way_to_install_it(monkeypatch):
    for name in ("learn2learn", "gym"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    with pytest.raises(
        RequestError,
        match=r"learn2learn.*uv sync --group interop.*with pip.*--global-option=build_ext learn2learn==0.2.0",
    ):
        import_learn2learn()
