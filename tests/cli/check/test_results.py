"""`fewshot check results`: what is as the records say passes; one changed figure, word or fact does not."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fewshot.cli.main import main
from fewshot.records.store import record_file, write_record
from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures import draw as figures
from fewshot.reporting.figures.given import given_by
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.reporting.figures.side_files import to_text
from fewshot.reporting.latex.figures import snippet_of
from fewshot.reporting.render import render, write_tables
from fewshot.reporting.tables.suite import suite_table
from fewshot.suites.status import read_status
from fewshot.suites.suite import read_suite

CLEAN = {"commit": "abc", "dirty": False}


@pytest.fixture(scope="module")
def suite():
    return read_suite("quickstart")


@pytest.fixture
def committed(made, tmp_path):
    """A copy of `made` to change."""
    return Path(shutil.copytree(made, tmp_path / "committed"))


@pytest.fixture(scope="module")
def made(tmp_path_factory, make_record, suite):
    """A folder with records of all cells but the last, the table of both forms and one figure's source data."""
    folder = tmp_path_factory.mktemp("made")
    for number, spec in enumerate(suite.specs[:-1]):
        record = replace(make_record(spec, seed=number), facts=CLEAN)
        write_record(record, record_file(folder / "results", "quickstart", spec))
    standing = read_status(suite, folder / "results")
    write_tables(suite_table(standing, folder / "results"), folder / "results" / "tables", "quickstart")
    (folder / "figures" / "quickstart").mkdir(parents=True)
    text = to_text(figures.source("roc", given_by(standing)))
    (folder / "figures" / "quickstart" / "roc.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def check(committed, capsys):
    """Runs `fewshot check results` on the folder: code, lines, errors."""

    def run():
        code = main(
            ["check", "results", "--results", str(committed / "results"), "--figures", str(committed / "figures")]
        )
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return run


def test_what_is_as_the_records_say_passes(check):
    assert check() == (0, ["4 records, 2 tables, 1 figures: none wrong"], "")


def test_checking_changes_nothing(check, committed):
    before = {file: file.read_bytes() for file in committed.rglob("*.*")}
    check()
    assert {file: file.read_bytes() for file in committed.rglob("*.*")} == before


def test_a_snippet_of_older_captions_is_found(check, committed, monkeypatch):
    folder = committed / "figures" / "quickstart"
    (folder / "roc.pdf").write_bytes(b"%PDF /MediaBox [ 0 0 396 200 ]")
    suite = read_suite("quickstart")
    (folder / "figures.tex").write_text(snippet_of(folder, suite.title, PLAIN, FIGURES), encoding="utf-8")
    assert check()[0] == 0
    monkeypatch.setattr("fewshot.reporting.figures.pairs.roc.__doc__", "Another caption.")
    code, lines, _ = check()
    assert code == 1
    assert "figures.tex: a rebuild says otherwise; fewshot figures quickstart writes it" in lines[0]


@pytest.mark.parametrize("form", ["md", "csv"])
def test_one_changed_digit_of_a_table_is_found_with_its_line(check, committed, form):
    file = committed / "results" / "tables" / f"quickstart.{form}"
    lines = file.read_text(encoding="utf-8").split("\n")
    number = next(number for number, line in enumerate(lines) if "triplet" in line)
    true = lines[number]
    lines[number] = true.replace("0", "1", 1)
    file.write_text("\n".join(lines), encoding="utf-8")
    code, (found, rebuilt, last), _ = check()
    assert code == 1
    assert found == f"{file}, line {number + 1}: {lines[number]}"
    assert rebuilt == f"  a rebuild says: {true}"
    assert last.endswith("1 wrong")


@pytest.mark.parametrize(
    "change", [lambda text: text[:-10], lambda text: text + "\n", lambda text: "", lambda text: text[:-1]]
)
def test_a_table_of_another_length_is_found(check, committed, change):
    file = committed / "results" / "tables" / "quickstart.md"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    code, lines, _ = check()
    assert code == 1
    assert lines[0].startswith(f"{file}")


def test_one_changed_value_of_a_figures_data_is_found(check, committed):
    file = committed / "figures" / "quickstart" / "roc.json"
    text = file.read_text(encoding="utf-8")
    plain = json.loads(text)
    area = plain["rows"][0]["area"]
    file.write_text(text.replace(f'"area": {area}', '"area": 0.999', 1), encoding="utf-8")
    code, (found, last), _ = check()
    assert code == 1
    assert found == f"{file}: row 1 differs in area: 0.999, a rebuild says {area}"
    assert last == "4 records, 2 tables, 1 figures: 1 wrong"


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"figure": "roc"}', '{"suite": "quickstart"}',
        '{"suite": "quickstart", "figure": "no", "rows": []}',
        '{"suite": 3}', '{"suite": "no such"}', '{"suite": "quickstart", "figure": [], "rows": []}',
    ],
)  # fmt: skip
def test_a_file_that_is_no_figures_data_is_found_beside_the_rest(check, committed, text):
    file = committed / "figures" / "quickstart" / "curves.json"
    file.write_text(text, encoding="utf-8")
    code, lines, _ = check()
    assert code == 1
    assert str(file) in lines[0]
    assert lines[-1].endswith("2 figures: 1 wrong")


@pytest.mark.parametrize(
    ("name", "message"),
    [("nothing/roc.json", "unknown suite 'nothing'"), ("quickstart/other.json", "there is no figure 'other'")],
)
def test_a_figure_of_no_suite_or_no_name_is_found_beside_the_rest(check, committed, name, message):
    (committed / "figures" / name).parent.mkdir(exist_ok=True)
    (committed / "figures" / name).write_text((committed / "figures" / "quickstart" / "roc.json").read_text())
    code, lines, _ = check()
    assert code == 1
    assert lines[0].startswith(f"{committed / 'figures' / name}: {message}")
    assert lines[-1].endswith("2 figures: 1 wrong")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nothing.md", b"| a |"),
        ("quickstart.md", b"\xff"),
    ],
)
def test_a_table_of_no_suite_or_no_text_is_found_beside_the_rest(check, committed, name, content):
    file = committed / "results" / "tables" / name
    file.write_bytes(content)
    code, lines, _ = check()
    assert code == 1
    assert str(file) in lines[0]


@pytest.mark.parametrize(
    "facts",
    [
        {"commit": "abc", "dirty": True},
        {"commit": "abc", "dirty": None},
        {"commit": None},
        {},
        {"commit": "abc", "dirty": True, "versions": {"fewshot": "0.1"}},
        {"commit": None, "versions": {"torch": "2.9"}},
    ],
)
def test_a_record_from_a_changed_tree_or_none_is_found(check, committed, suite, make_record, facts):
    spec = replace(suite.specs[0], seed=9)
    write_record(replace(make_record(spec), facts=facts), record_file(committed / "results", "elsewhere", spec))
    for file in (committed / "results" / "tables").iterdir():  # they count evaluations
        file.unlink()
    code, (found, last), _ = check()
    assert code == 1
    assert found == f"record {spec.id}: made by changed sources, or by sources without a commit or a version"
    assert last == "5 records, 0 tables, 1 figures: 1 wrong"


def test_a_record_of_an_installed_version_needs_no_commit(committed, capsys, suite, make_record, monkeypatch):
    monkeypatch.chdir(committed)
    results = committed / "installed"
    facts = {"commit": None, "dirty": None, "versions": {"fewshot": "0.1.0"}}
    write_record(replace(make_record(suite.specs[0]), facts=facts), record_file(results, "s", suite.specs[0]))
    assert main(["check", "results", "--results", str(results)]) == 0
    assert capsys.readouterr().out == "1 records, 0 tables, no folder paper_figures: none wrong\n"
    assert main(["check", "results", "--results", str(results), "--figures", str(results / "figures")]) == 2
    assert "expected a folder of figures, it is not there" in capsys.readouterr().err


def test_a_record_more_is_seen_in_its_tables_and_figures(check, committed, suite, make_record):
    spec = suite.specs[-1]
    record = replace(make_record(spec, seed=7), facts=CLEAN)
    write_record(record, record_file(committed / "results", "quickstart", spec))
    code, lines, _ = check()
    assert code == 1
    assert lines[-1] == "5 records, 2 tables, 1 figures: 3 wrong"


def test_an_edited_record_is_a_finding_of_its_own_and_of_its_table(check, committed):
    file = next((committed / "results" / "runs").rglob("*.json"))
    file.write_text(file.read_text().replace('"seed": 0', '"seed": 1'))
    code, (first, *others, end), _ = check()
    assert code == 1
    assert first.startswith(f"{file}: ")
    assert "records are not edited" in first
    assert len(others) == 3  # two forms of the table, and the figure
    assert end == "4 records, 2 tables, 1 figures: 4 wrong"


def test_a_folder_without_records_is_refused(capsys, tmp_path):
    assert main(["check", "results", "--results", str(tmp_path), "--figures", str(tmp_path)]) == 2
    assert "expected a folder with records under runs/, found none" in capsys.readouterr().err


def test_a_text_table_passes_on_a_narrow_terminal(check, committed, suite, monkeypatch):
    results = committed / "results"
    text = render(suite_table(read_status(suite, results), results), "text")
    (results / "tables" / "quickstart.text").write_text(text, encoding="utf-8")
    monkeypatch.setattr("fewshot.reporting.render.terminal_width", lambda: 60)
    assert check()[0] == 0


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda text: text[:-20], "expected a run's record"),
        (lambda text: text.replace('"id": "', '"id": "0'), "records are not edited"),
    ],
)
def test_a_damaged_record_is_a_finding_even_if_its_stamp_is_the_old_one(
    check, committed, suite, make_record, monkeypatch, damage, why
):
    monkeypatch.setattr("fewshot.records.index.SETTLED", -1)
    monkeypatch.setattr("fewshot.records.index.stamp", lambda file: [0, 0, 0, 0])
    spec = replace(suite.specs[0], seed=9)
    write_record(make_record(spec), file := record_file(committed / "results", "elsewhere", spec))
    assert main(["table", "quickstart", "--results", str(committed / "results")]) == 0
    file.write_text(damage(file.read_text()))
    assert main(["table", "quickstart", "--results", str(committed / "results")]) == 0
    code, (*_, finding, end), _ = check()
    assert code == 1
    assert finding.startswith(f"{file}: ")
    assert why in finding
    assert end == "5 records, 2 tables, 1 figures: 1 wrong"
