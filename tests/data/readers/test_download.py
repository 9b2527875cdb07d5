"""What is not downloaded; what is, from a server, is in the tests of Omniglot and miniImageNet."""

import pytest

from fewshot.data.readers.download import download

NOBODY = "http://127.0.0.1:9/a.zip"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    reason = download(NOBODY, tmp_path / "file" / "a.zip", lambda draft: "")
    assert reason == f"no download: {tmp_path / 'file'}: File exists"


def test_where_nobody_answers_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    reason = download(NOBODY, tmp_path / "a.zip", lambda draft: pytest.fail("there is no draft"))
    assert reason.startswith("the download failed (")
    assert list(tmp_path.iterdir()) == []
