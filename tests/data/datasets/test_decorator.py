import pytest

from fewshot.cli.data import audit, whereabouts
from fewshot.core.errors import RequestError
from fewshot.data.locations import data_folders


def test_the_order_of_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWSHOT_DATA", str(tmp_path))
    own = tmp_path / "own"
    own.mkdir()
    assert [str(folder) for folder in data_folders(own)][:3] == [str(own), str(tmp_path), "data"]


@pytest.mark.parametrize("where", ["--data", "$FEWSHOT_DATA"])
def test_a_named_folder_that_is_not_there_is_refused(where, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    monkeypatch.setenv("FEWSHOT_DATA", str(gone) if where == "$FEWSHOT_DATA" else "")
    with pytest.raises(RequestError, match="expected a folder with data sets") as raised:
        data_folders(gone if where == "--data" else None)
    assert where in str(raised.value)


def test_whereabouts_has_a_line_for_each_data_set(tmp_path, monkeypatch):
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    lines = whereabouts(tmp_path)
    assert [line.split(":")[0] for line in lines] == ["folder", "miniimagenet", "omniglot", "typefaces"]


def test_audit_of_an_unknown_name():
    with pytest.raises(RequestError, match="did you mean typefaces"):
        audit("typeface")


def test_audit_of_letters_gives_their_digest():
    (line,) = audit("typefaces")
    assert "1,207 letters, sha256 " in line
