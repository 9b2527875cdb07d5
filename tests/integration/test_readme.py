"""The README tells the truth: its examples run, and its table is what the records say."""

import re
from pathlib import Path

import pytest
from torch import nn

from fewshot.cli.main import main
from fewshot.records.store import read_records

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOSS, LIBRARY = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
TABLES = dict(re.findall(r"<!-- table: (.+?) -->\n(.*?)<!-- end -->", README, re.DOTALL))


def test_the_two_commands_open_it():
    first, second = re.findall(r"^pip install uv && (.*)$", README, re.MULTILINE)
    assert (first, second) == ("uv run fewshot run quickstart", "uv run --all-groups pytest")


def test_its_loss_is_a_plugin_that_adds_one_cell(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("my_loss.py").write_text(LOSS, encoding="utf-8")
    assert len(LOSS.strip().splitlines()) <= 15
    wanted = ["quickstart", "--stage", "val", "--steps", "2", "--plugin", "my_loss.py", "--set", "losses+=my_loss"]
    assert main(["run", *wanted, "--only", "loss=my_loss"]) == 0
    assert "my_loss  squared_euclidean" in capsys.readouterr().out
    (record,) = Path("results/runs").rglob("*.json")
    assert record.parent.name == "my_loss"


def test_its_library_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"my_module": nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 8))}
    exec(LIBRARY.replace("steps=600", "steps=2, val_every=1"), names)
    assert names["tasks"].support.shape == (8, 20, 1, 1, 28, 28)
    assert len(names["record"].accuracy) == 1


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_what_it_links_to_is_there(path):
    assert (ROOT / path).exists()


def test_its_table_is_the_generated_one():
    shown = (ROOT / "results" / "tables" / "omniglot-lake.md").read_text(encoding="utf-8")
    assert TABLES["omniglot-lake"].strip() == shown.strip()


def test_the_table_with_its_loss_is_what_the_command_made(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("my_loss.py").write_text(LOSS, encoding="utf-8")
    command = re.search(r"^uv run fewshot run (quickstart --plugin .*)$", README, re.MULTILINE)[1].split()
    assert main(["table", *command, "--results", str(ROOT / "results" / "example"), "--format", "md"]) == 0
    assert TABLES["quickstart my_loss"].strip() == capsys.readouterr().out.strip()
    assert "my_loss − " in TABLES["quickstart my_loss"]
    made = read_records(ROOT / "results" / "example").values()
    assert all(record.facts["commit"] and record.facts["dirty"] is False for record in made)


@pytest.mark.parametrize(
    "suite",
    [
        "omniglot-lake-long",
        "omniglot-vinyals",
        "koch2015-short",
        "omniglot-small",
        "losses",
        "learners",
        "tiny-imagenet",
        "orl-faces",
    ],
)
def test_its_sentences_quote_tables(suite):
    """Every figure of a paragraph that names a suite, ours and published ones, stands in the suite's table."""
    table = (ROOT / "results" / "tables" / f"{suite}.md").read_text(encoding="utf-8")
    (paragraph,) = [text for text in README.split("\n\n") if f"results/tables/{suite}.md" in text]
    quoted = re.findall(r"(?<![\d.])\d+\.\d(?: ± \d+\.\d)?(?![\d.])", paragraph)
    assert quoted
    assert [figure for figure in quoted if figure not in table] == []


def test_its_speeds_are_those_measured():
    """Those of the paragraph that names the table, a ratio each."""
    table = (ROOT / "results" / "speed" / "amd-epyc-2-threads.md").read_text(encoding="utf-8")
    (paragraph,) = [text for text in README.split("\n\n") if "results/speed/amd-epyc-2-threads.md" in text]
    quoted = re.findall(r"(?<![\w.,-])\d+(?:\.\d+)?(?=\stimes| and|, )", paragraph)
    assert len(quoted) == 14
    assert [ratio for ratio in quoted if f"| {ratio} (" not in table] == []


def test_its_speedrun_is_that_of_the_records():
    """But for the two figures that were asked for."""
    words = (ROOT / "results" / "speed" / "speedrun.md").read_text(encoding="utf-8")
    (paragraph,) = [text for text in README.split("\n\n") if "results/speed/speedrun.md" in text]
    quoted = set(re.findall(r"\d+\.\d(?: ± \d+\.\d)?", paragraph)) - {"92.0", "95.5"}
    assert len(quoted) == 8
    assert [figure for figure in quoted if figure not in words] == []
