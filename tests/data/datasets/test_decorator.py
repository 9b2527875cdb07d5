"""The type of data sets, and what `fewshot data` calls of it."""

import inspect

import pytest

from fewshot.cli.data.status import status
from fewshot.cli.data.verify import verify
from fewshot.core.errors import RequestError
from fewshot.core.marks import DataSetMarks
from fewshot.data.datasets import DataSet, dataset
from fewshot.data.datasets.folder import folder
from fewshot.data.locations import data_folders
from fewshot.registry.lookup import entries


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


def test_locating_has_a_line_for_each_data_set(tmp_path, monkeypatch):
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    lines = status([tmp_path])
    assert [line.split(":")[0] for line in lines] == [*entries("datasets")]


def test_verifying_an_unknown_name():
    with pytest.raises(RequestError, match="did you mean typefaces"):
        verify("typeface", [])


def test_verifying_letters_gives_their_digest():
    (line,) = verify("typefaces", [])
    assert "1,207 letters, sha256 " in line


def test_a_data_set_is_called_as_its_function_and_has_what_its_decorator_is_given(glyph_bank):
    @dataset(splits=lambda folders, *, ink: {"train": (ink,)}, made_of="ImageNet")
    def mine(classes, size, folders, *, ink: str = "blue"):
        """Ink."""
        return glyph_bank(len(classes), size=size if ink == "red" else 1)

    assert isinstance(mine, DataSet)
    assert mine.marks == DataSetMarks(splits=True, made_of="ImageNet")
    assert (mine.__name__, mine.__doc__) == ("mine", "Ink.")
    assert mine(["a", "b", "c"], 8, [], ink="red").shape == (1, 8, 8)
    assert mine.splits([], ink="red") == {"train": ("red",)}
    assert (mine.fetch, mine.verify) == (None, None)
    assert mine.locate([]) == "a plug-in without locate(folders)"
    assert list(inspect.signature(folder).parameters)[:4] == ["classes", "size", "folders", "path"]
