"""`fewshot figures`: which files it writes, and what it says it left out."""

import json
import re
from unittest.mock import patch

import pytest

from fewshot.cli.main import main
from fewshot.inspection.figures import PICTURES
from fewshot.records.store import record_file, write_record
from fewshot.reporting.figures import FIGURES
from fewshot.suites.suite import read_suite


@pytest.fixture
def draw(tmp_path, monkeypatch, capsys, make_record):
    """Runs `fewshot figures quickstart` for three of the figures on a triplet's record: code, lines, errors."""
    some = {"curves", "published", "mistakes"}
    patches = [patch.dict(kinds, {name: kinds[name] for name in kinds if name in some}, clear=True)
               for kinds in (FIGURES, PICTURES)]  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (spec,) = read_suite("quickstart").only(["loss=triplet"]).specs
    write_record(make_record(spec), record_file(tmp_path / "results", "quickstart", spec))

    def run(*arguments):
        code = main(["figures", "quickstart", *arguments])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    with patches[0], patches[1]:
        yield run


def test_files_are_written_named_and_reasons_given(draw, tmp_path):
    code, lines, err = draw("--out", "drawn")
    assert (code, err) == (0, "")
    assert lines[:3] == [f"drawn/quickstart/curves.{form}" for form in ("pdf", "png", "json")]
    published, mistakes, snippet, without = lines[3:]
    assert without == "4 of 5 methods have no record, and so no place in the figures"
    assert snippet == "drawn/quickstart/figures.tex"
    assert published.startswith("published: needs test records")
    assert mistakes == "mistakes: needs a record of a training with its answers; quickstart has none"
    names = [*(f"quickstart/curves.{form}" for form in ("json", "pdf", "png")), "quickstart/figures.tex"]
    assert sorted((tmp_path / "drawn").rglob("*.*")) == [tmp_path / "drawn" / name for name in names]
    (record,) = (tmp_path / "results" / "runs").rglob("*.json")
    assert json.loads((tmp_path / "drawn/quickstart/curves.json").read_text())["records"] == [record.stem]


def test_methods_without_a_record_are_counted_once_each_not_by_the_points_of_their_search(draw, tmp_path, make_record):
    (spec,) = read_suite("quickstart").only(["learner=pixels"]).specs
    write_record(make_record(spec), record_file(tmp_path / "results", "quickstart", spec))
    _, lines, _ = draw("--set", "search.learning_rate=[1e-3, 2e-3, 4e-3]", "--out", "drawn")
    assert lines[-1] == "4 of 5 methods have no record, and so no place in the figures"


@pytest.mark.parametrize("arguments", [["--results", "empty"], ["--stage", "val"], ["--only", "loss=contrastive"]])
def test_without_records_nothing_is_drawn_and_every_figure_says_what_it_needs(draw, tmp_path, arguments):
    assert draw("--only", "loss=contrastive")[0] == 2  # a changed suite's figures go to a folder of their own
    assert draw("--results", "nowhere")[0] == 2
    (tmp_path / "empty").mkdir()
    code, lines, _ = draw(*arguments, "--out", "paper_figures")
    assert code == 0
    assert [line.partition(":")[0] for line in lines] == ["curves", "published", "mistakes"]
    assert all(line.removesuffix(" yet").endswith("quickstart has none") for line in lines)
    assert not list((tmp_path / "paper_figures").iterdir())


def test_an_unknown_suite_is_refused_before_a_folder_is_made(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["figures", "quickstrat"]) == 2
    assert "did you mean quickstart" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_figure_is_as_wide_as_the_page_that_is_asked_for(draw, tmp_path):
    def wide(*arguments: str) -> float:
        code, lines, _ = draw("--figure", "curves", "--out", "wide", *arguments)
        assert (code, lines[3]) == (0, "wide/quickstart/figures.tex")
        box = re.search(rb"/MediaBox \[ ?0 0 ([0-9.]+)", (tmp_path / lines[0]).read_bytes())
        return float(box[1]) / 72

    assert wide("--venue", "cvpr", "--columns", "2") == pytest.approx(6.875, abs=0.01)
    assert wide("--width", "4.1") == pytest.approx(4.1, abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--width", "1"], "--width: expected 3 to 12 inches, got 1"),
        (["--columns", "2"], "--columns 2: expected --venue beside it"),
        (["--venue", "neurips", "--columns", "2"], "--columns 2: expected 1, as papers of neurips have one column"),
        (["--venue", "cvrp"], "unknown venue 'cvrp': did you mean cvpr"),
        (["--figure", "curve"], "unknown figure 'curve': did you mean curves"),
    ],
)
def test_pages_and_figures_that_are_not_there_are_refused(draw, tmp_path, arguments, message):
    code, lines, err = draw(*arguments, "--out", "none")
    assert (code, lines) == (2, [])
    assert message in err
    assert not (tmp_path / "none").exists()


def test_a_place_that_cannot_be_drawn_into_is_refused(draw, tmp_path):
    (tmp_path / "file").touch()
    code, lines, err = draw("--out", "file")
    assert (code, lines) == (2, [])
    assert err == "fewshot: file: expected a folder that can be written, got: File exists\n"
