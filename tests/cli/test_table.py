"""`fewshot table` with rows, columns and formats of the command line."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from fewshot.cli.main import main
from fewshot.records.store import record_file, write_record
from fewshot.reporting.render import FORMATS
from fewshot.suites.suite import read_suite

OWN = """
title = "Two losses"
dataset = "typefaces"
protocol = "scripts"
size = 28
seeds = [0, 1]
backbones = ["conv4"]
losses = ["triplet", "contrastive"]

[[cells]]
learner = "pixels"

[[published]]
method = "people"
task = "20-way 1-shot"
accuracy = 95.5
source = "a paper"
trust = "read"
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a suite into the present folder, an empty one."""
    monkeypatch.chdir(tmp_path)
    return lambda more="", text=OWN: (tmp_path / "own.toml").write_text(more + text)


@pytest.fixture
def table(write, make_record, capsys, tmp_path):
    """Runs `fewshot table` on records of all cells but the second seed of contrastive: code, output, errors."""
    write()
    first, second, third, _, pixels = read_suite("own.toml").specs
    for number, spec in enumerate((first, second, third, pixels)):
        write_record(make_record(spec, seed=number), record_file(tmp_path / "results", "own", spec))

    def run(*arguments):
        code = main(["table", "own.toml", *arguments])
        return code, *capsys.readouterr()

    return run


def cells(markdown: str) -> list[list[str]]:
    """The lines of the first block of a Markdown table, the header first."""
    block = [line for line in markdown.split("\n\n")[1].split("\n") if not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block]


def test_the_table_has_a_line_for_each_method_and_a_column_for_each_task(table):
    code, out, err = table("--format", "md")
    header, *lines = cells(out)
    assert (code, err) == (0, "")
    assert [cell for cell in header if "way" in cell] == ["5-way 1-shot (n = 40)", "20-way 1-shot (n = 40)"]
    assert [line[0] for line in lines] == ["triplet", "contrastive", "pixels"]
    assert "contrastive: from 1 of 2 seeds; seed 1 missing" in out
    assert "evaluations that met the test classes of this protocol among these records: 4" in out


def test_rows_and_columns_are_those_of_the_command_line(table):
    code, out, _ = table("--format", "md", "--rows", "loss, learner", "--columns", "backbone")
    header, *lines = cells(out)
    assert code == 0
    assert header[:2] == ["loss", "learner"]
    assert all("conv4" in cell or "no backbone" in cell for cell in header[2:])
    assert [line[:2] for line in lines] == [["triplet", "siamese"], ["contrastive", "siamese"], ["pixels", "pixels"]]


def test_rows_and_columns_of_the_command_line_stand_for_those_of_the_suite(table, write):
    write('rows = ["task"]\ncolumns = ["method"]\n')
    assert cells(table("--format", "md")[1])[0] == ["task", "triplet", "contrastive", "pixels"]
    header = cells(table("--format", "md", "--rows", "method", "--columns", "task")[1])[0]
    assert header[0] == "method"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows", "los"], "unknown key of rows or columns 'los': did you mean loss"),
        (["--columns", "task,"], "unknown key of rows or columns ''"),
        (["--rows", "loss", "--columns", "loss"], "expected loss in one place"),
        (["--rows", "backbone"], "fall into one cell; these keys would tell them apart"),
        (["--only", "loss=verification"], "unknown loss of suite own 'verification'"),
        (["--results", "nowhere"], "results folder nowhere: expected records in it, it is not there"),
        (["--results", "own.toml"], "results folder own.toml: expected records in it, it is no folder"),
    ],
)
def test_rows_and_columns_that_cannot_be_are_refused(table, arguments, message):
    code, out, err = table(*arguments)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("\n[[published]]\nmethod = 'm'\ntask = '5-way 1-shot'\naccuracy = 1\nsource = 's'\ntrust = 'r'\n"
         "like = { los = 'a' }  # here", "did you mean loss"),
        ("\nrows = ['loss',  # here\n'los']", "did you mean loss"),
        ("\ncolumns = ['tasks']  # here", "did you mean task"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_suites_own_layout_is_named_with_its_line(table, write, more, message):
    text = OWN + more if "published" in more else OWN.replace("\n\n[[cells]]", f"{more}\n\n[[cells]]")
    line = next(number for number, said in enumerate(text.split("\n"), start=1) if "# here" in said)
    write(text=text)
    code, _, err = table()
    assert code == 2
    named = ", published.like" if "published" in more else ""
    assert err.startswith(f"fewshot: suite own.toml, line {line}{named}: ")
    assert message in err


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_the_methods_and_the_published_figure(table, form):
    code, out, _ = table("--format", form)
    assert code == 0
    assert all(name in out for name in ("triplet", "contrastive", "pixels", "people"))
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


def test_formats_look_like_themselves(table):
    assert table("--format", "md")[1].startswith("**Two losses**\n\n| method |")
    assert "\\begin{tabular}" in table("--format", "latex")[1]
    assert table("--format", "html")[1].startswith("<!DOCTYPE html>")
    assert table()[1] == table("--format", "text")[1]
    header, *rows = csv.reader(io.StringIO(table("--format", "csv")[1]))
    assert all(len(row) == len(header) for row in rows)


def test_an_unknown_format_is_refused(write, capsys):
    write()
    assert main(["table", "own.toml", "--format", "pdf"]) == 2
    assert "unknown choice 'pdf'" in capsys.readouterr().err


def test_the_chosen_cells_alone_are_shown(table):
    lines = cells(table("--format", "md", "--only", "loss=triplet", "--only", "loss=contrastive")[1])
    assert [line[0] for line in lines[1:]] == ["triplet", "contrastive"]


def test_published_figures_stand_beside_test_figures_alone(table):
    assert "people" in table()[1]
    code, out, _ = table("--stage", "val")
    assert code == 0
    assert "people" not in out


def test_without_records_every_method_is_missing(table, tmp_path):
    (tmp_path / "nothing").mkdir()
    code, out, _ = table("--results", "nothing", "--format", "md")
    assert code == 0
    assert [line[-1] for line in cells(out)[1:]] == ["missing"] * 3
    assert "no cell has a record yet" in out


def test_other_suites_records_are_counted_and_read_once(table, make_record, tmp_path, monkeypatch):
    monkeypatch.setattr("fewshot.records.index.SETTLED", -1)
    first = read_suite("own.toml").specs[0]
    write_record(make_record(other := replace(first, seed=99)), record_file(tmp_path / "results", "other", other))
    before = table("--format", "md")
    assert "evaluations that met the test classes of this protocol among these records: 5" in before[1]
    monkeypatch.setattr("fewshot.records.index.read_record", None)
    assert table("--format", "md") == before


@pytest.fixture
def folder(make_record, capsys, monkeypatch, tmp_path):
    """Runs `fewshot table` on a folder with records of two stages and three suites: code, output, errors."""
    monkeypatch.chdir(tmp_path)
    specs = [*read_suite("quickstart").specs, *read_suite("quickstart", stage="val", steps=30).specs[:2]]
    specs += read_suite("omniglot-lake", changes=["search={}"]).only(["loss=triplet"]).specs[:1]
    for number, spec in enumerate(specs):
        write_record(make_record(spec, seed=number), record_file(tmp_path / "mine", f"suite{number % 3}", spec))
    (tmp_path / "empty").mkdir()

    def run(name="mine", *arguments):
        code = main(["table", name, *arguments])
        return code, *capsys.readouterr()

    return run


def test_a_folders_records_are_one_table_that_says_of_what_they_are(folder):
    code, out, err = folder("mine", "--format", "md")
    assert (code, err) == (0, "")
    assert out.startswith("**Records in mine**")
    header, *lines = cells(out)
    assert {"data set", "protocol", "stage"} < set(header)
    assert sorted(line[header.index("stage")] for line in lines) == ["test"] * 6 + ["val"] * 2
    assert [line[header.index("data set")] for line in lines].count("omniglot") == 1
    assert "evaluations that met the test classes of these protocols among these records: 6" in out
    assert len(cells(folder("mine/runs/suite0", "--format", "md")[1])) == 1 + 3


def test_a_folders_records_are_chosen_and_laid_out(folder):
    out = folder("mine", "--stage", "val", "--only", "loss=contrastive", "--format", "md")[1]
    assert [line[0] for line in cells(out)[1:]] == ["contrastive(margin=8.0)"]
    out = folder("mine", "--only", "protocol=scripts", "--rows", "loss,stage", "--format", "md")[1]
    assert cells(out)[0][:2] == ["loss", "stage"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing/here"], "folder nothing/here: expected a folder of records, it is not there"),
        (["quickstrat"], "unknown suite or folder 'quickstrat': did you mean quickstart"),
        ([""], "unknown suite or folder ''"),
        (["empty"], "folder empty: expected a folder with records, found none in it"),
        (["mine/runs/suite1", "--stage", "val"], "folder mine/runs/suite1: expected records at stage val, found none"),
        (["mine", "--only", "loss=tripled"], "unknown loss of folder mine 'tripled': did you mean triplet"),
        (["mine", "--rows", "los"], "--rows los: unknown key of rows or columns 'los': did you mean loss"),
        (["mine", "--steps", "3"], "folder mine: its records are shown as they are"),
        (["mine", "--results", "empty"], "folder mine: its records are shown as they are"),
    ],
)
def test_a_folder_that_shows_no_table_is_one_message(folder, arguments, message):
    code, out, err = folder(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("form", "begin"), [("latex", "% Needs"), ("siunitx", "% Needs"), ("md", "**Two losses**")])
def test_a_file_has_of_latex_the_floats_alone(table, tmp_path, form, begin):
    code, out, err = table("--format", form, "--out", "paper/own.tex")
    assert (code, out, err) == (0, "paper/own.tex\n", "")
    text = (tmp_path / "paper" / "own.tex").read_text(encoding="utf-8")
    assert text.startswith(begin)
    assert ("documentclass" in text, r"\label{tab:own}" in text) == (False, form != "md")


def test_a_table_is_not_written_over_the_suite_that_it_is_of(write, capsys):
    write()
    before = Path("own.toml").read_text()
    assert main(["table", "own.toml", "--out", "own.toml"]) == 2
    assert "own.toml: expected another file to write than the one that is read" in capsys.readouterr().err
    assert Path("own.toml").read_text() == before
