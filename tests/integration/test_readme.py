"""The README: short, its examples run, its map is that of the packages, and what it shows was made by clean code."""

import re
import tomllib
from pathlib import Path

import photographs as photos
from torch import nn

from fewshot.cli.main import main
from fewshot.records.store import read_records

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOSS, LIBRARY = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
(SUITE,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)


def test_it_is_short_and_opens_with_two_commands():
    assert len(README.splitlines()) <= 150
    first, second = re.findall(r"^pip install uv && (.*)$", README, re.MULTILINE)
    assert (first, second) == ("uv run fewshot run quickstart", "uv run --all-groups pytest")


def test_its_loss_is_a_plugin_that_adds_one_cell(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("my_loss.py").write_text(LOSS, encoding="utf-8")
    wanted = ["quickstart", "--stage", "val", "--steps", "2", "--add", "my_loss.py", "--only", "loss=my_loss"]
    assert main(["run", *wanted]) == 0
    assert "my_loss  squared_euclidean" in capsys.readouterr().out
    (record,) = Path("results/runs").rglob("*.json")
    assert record.parent.name == "my_loss"


def test_what_it_shows_of_its_loss_was_made_by_committed_code():
    made = read_records(ROOT / "results" / "example").values()
    assert all(record.facts["commit"] and record.facts["dirty"] is False for record in made)
    assert "my_loss − prototypical" in README


def test_its_suite_runs_on_class_folders(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(SUITE, encoding="utf-8")
    photos.write(Path("photos"), {f"{number // 10}/{number % 10}.png": photos.photo(number) for number in range(250)})
    wanted = ["--steps", "2", "--only", "loss=triplet", "--set", "options.held_out.episodes=4"]
    assert main(["run", "mine.toml", *wanted]) == 0
    assert "5-way 5-shot (n = 4)" in capsys.readouterr().out


def test_its_library_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("results").symlink_to(ROOT / "results")
    names: dict[str, object] = {}
    fast = {"steps=600": "steps=2, val_every=1", 'results="mine"': 'results="mine", steps=2, stage="val"'}
    text = LIBRARY
    for slow, quick in fast.items():
        text = text.replace(slow, quick, 1)
    exec(text, names)
    assert isinstance(names["my_module"], nn.Module)
    assert names["tasks"].support.shape == (8, 20, 1, 1, 28, 28)
    assert list(names["frame"].loss) == ["triplet"]
    assert "prototypical" in capsys.readouterr().out


def test_its_map_is_that_of_the_packages():
    (layers,) = (one["layers"] for one in PROJECT["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    rows = re.findall(r"^\| (\d) \| (.+?) \|", README, re.MULTILINE)
    assert [set(re.findall(r"\w+", names)) for _, names in rows] == [set(re.findall(r"\w+", one)) for one in layers[1:]]


def test_its_citation_is_of_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['project']['version']}\n" in citation
