"""`fewshot report`: of a folder's records and of one of them, on a few photographs, and what it refuses."""

import pytest
from torch import nn

import fewshot
from fewshot.cli.main import main
from fewshot.records.store import record_file, write_record

OPTIONS = {
    "folder:people": {"split": "0.4/0.3/0.3"},
    "held_out": {"way": 3, "query": 2, "shots": [1], "episodes": 20, "val_episodes": 5, "pairs": 20},
}


@pytest.fixture(scope="module")
def record(photographs):
    """The record of raw pixels, without a training."""
    given = {"dataset": "folder:people", "data": photographs, "options": OPTIONS}
    return fewshot.evaluate(nn.Flatten(), "held_out", size=8, similarity="euclidean", **given)


@pytest.fixture
def report(tmp_path, monkeypatch, capsys, photographs, record):
    """Runs the command beside a folder with one record: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEWSHOT_DATA", str(photographs))
    write_record(record, record_file(tmp_path / "mine", "own", record.spec))

    def run(*arguments):
        code = main(["report", *arguments])
        return code, *capsys.readouterr()

    return run


def test_a_page_of_a_folder_has_the_images_or_says_why_not(report, tmp_path):
    assert report("mine", "--out", "new/p.html") == (0, "new/p.html\n", "")
    text = (tmp_path / "new" / "p.html").read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert "Records in mine" in text
    assert "data:image/jpeg" in text
    assert report("mine", "--no-images", "--out", "p.html")[0] == 0
    assert "data:image" not in (tmp_path / "p.html").read_text()
    (tmp_path / "empty").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FEWSHOT_DATA", str(tmp_path / "empty"))
        assert report("mine", "--out", "p.html")[0] == 0
    assert "Not shown" in text.partition("</style>")[0]
    assert 'class="lacks">pictures, as folder:people: expected' in (tmp_path / "p.html").read_text()


def test_a_page_of_one_record(report, record, tmp_path):
    assert report("--model", record.id, "--results", "mine", "--number", "1", "--out", "p.html")[0] == 0
    text = (tmp_path / "p.html").read_text()
    assert f"record {record.id}" in text
    assert text.count("<section>") == 3  # wrong answers, pairs of one class and pairs of two


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected a suite, a folder of records or --model, one of them"),
        (["mine", "--model", "0" * 12], "expected a suite, a folder of records or --model, one of them"),
        (["mine", "--out", "p.pdf"], "unknown form of --out '.pdf'"),
        (["--model", "0" * 12, "--results", "mine"], "network 000000000000: expected mine/weights/"),
        (["--model", "mine"], "mine: expected"),
        (["--model", "mine", "--only", "loss=triplet"], "--only: expected a suite beside it, got --model"),
        (["--model", "mine", "--min-images", "3"], "--min-images: expected a suite beside it, got --model"),
        (["nowhere"], "unknown suite or folder 'nowhere'"),
        (["mine", "--only", "loss=x"], "unknown loss of folder mine"),
    ],
)
def test_a_wrong_request_is_one_message(report, tmp_path, arguments, message):
    code, out, err = report(*(["--out", "p.html"] if "--out" not in arguments else []), *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not [*tmp_path.glob("p.*")]
