"""`fewshot mistakes`: on a record of a few photographs, as a list, a picture and a page, and what it refuses."""

import shutil
from dataclasses import replace

import pytest
from PIL import Image
from torch import nn

import fewshot
from fewshot.cli.main import main
from fewshot.records.store import record_file, write_record

OPTIONS = {
    "folder:people": {"split": "0.4/0.3/0.3"},
    "held_out": {"way": 3, "query": 2, "shots": [1], "episodes": 20, "val_episodes": 5, "pairs": 20, "verify": True},
}


@pytest.fixture(scope="module")
def record(photographs):
    """The record of raw pixels, without a training."""
    given = {"dataset": "folder:people", "data": photographs, "options": OPTIONS}
    return fewshot.evaluate(nn.Flatten(), "held_out", size=1, similarity="euclidean", **given)


@pytest.fixture
def mistakes(tmp_path, monkeypatch, capsys, photographs, record):
    """Runs the command on a folder with one record: exit code, lines, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEWSHOT_DATA", str(photographs))
    write_record(record, record_file(tmp_path / "mine", "own", record.spec))

    def run(*arguments):
        code = main(["mistakes", *arguments])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return run


def test_without_a_file_they_are_a_list_with_the_names_of_the_images(mistakes, record, photographs):
    code, lines, err = mistakes("mine", "--number", "2")
    assert (code, err) == (0, "")
    assert record.id in lines[1]
    (counts,) = record.answers.values()
    wrong = sum(counts.asked) - sum(counts.right)
    assert f"3-way 1-shot: {wrong:.0f} of {sum(counts.asked)} answers wrong" in lines
    first = lines.index(next(line for line in lines if "of one class" in line)) + 2
    assert lines[first].endswith(("wrong", "times"))
    assert f"score {min(record.same):.4g}".replace("-", "−") in lines[first]
    files = [line.strip() for line in lines[first + 1 : first + 3]]
    assert all((photographs / "people" / file).is_file() for file in files)


def test_a_picture_and_a_page_are_written_with_the_images(mistakes, record, tmp_path):
    assert mistakes("mine", "--out", "new/m.html")[:2] == (0, ["new/m.html"])
    text = (tmp_path / "new" / "m.html").read_text()
    assert text.count("data:image/png") == text.count("<figcaption>") > 16
    assert mistakes("mine", "--id", record.id[:5], "--out", "m.PNG")[0] == 0
    with Image.open(tmp_path / "m.PNG") as image:
        assert image.width > 1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mine", "--out", "m.pdf"], "unknown form of --out '.pdf'"),
        (["mine", "--out", "/proc/m.png"], "/proc/m.png: expected a file that can be written"),
        (["mine", "--id", "zz"], "--id zz: expected the beginning of a record's id, such as "),
        (["mine", "--stage", "val"], "folder mine: expected records at stage val, found none"),
        (["mine", "--seeds", "2"], "its records are shown as they are"),
        (["mine", "--number", "0"], "expected a whole number of at least 1"),
        (["quickstart", "--results", "mine"], "suite quickstart in mine: expected a record, got none that fits"),
        (["nowhere"], "unknown suite or folder 'nowhere'"),
    ],
)
def test_a_wrong_request_is_one_message(mistakes, tmp_path, arguments, message):
    code, lines, err = mistakes(*arguments)
    assert (code, lines) == (2, [])
    assert err.startswith("fewshot: ")
    assert message in err
    assert not [*tmp_path.glob("m.*")]


def test_other_images_than_the_records_are_refused(mistakes, record, tmp_path, photographs):
    shutil.copytree(photographs / "people", tmp_path / "data" / "people")
    for file in tmp_path.rglob("0.png"):
        Image.new("RGB", (9, 9)).save(file)
    code, _, err = mistakes("mine", "--data", "data")
    assert code == 2
    assert f"expected the images of test that record {record.id} was measured on" in err


def test_one_method_is_shown_by_its_first_seed(mistakes, record, tmp_path):
    second = replace(record, spec=replace(record.spec, seed=1))
    write_record(second, record_file(tmp_path / "mine", "own", second.spec))
    assert record.id in mistakes("mine")[1][1]
    assert second.id in mistakes("mine", "--only", "seed=1")[1][1]
    other = replace(record, spec=replace(record.spec, shot_rule="mean_embedding"))
    write_record(other, record_file(tmp_path / "mine", "own", other.spec))
    code, _, err = mistakes("mine")
    assert code == 2
    assert "folder mine: expected one method, got 2 (" in err
    assert "--id" in err


def test_a_record_of_old_has_no_answers(mistakes, record, tmp_path):
    old = replace(record, answers={}, classes=(), pair_classes=None)
    write_record(old, record_file(tmp_path / "old", "own", old.spec))
    code, _, err = mistakes("old")
    assert code == 2
    assert f"record {old.id}: computed before answers were kept; fewshot run" in err
