"""`fewshot init`: each file that it writes works as it is, and no file is overwritten."""

import re
import shutil

import pytest

from fewshot.cli.main import main
from fewshot.records.stored.text import read_record
from fewshot.suites.suite import read_suite


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)
    return tmp_path


def test_a_suite_for_a_folder_runs_as_it_is(here, photographs, capsys):
    shutil.copytree(photographs / "people", here / "people")
    for number in (2, 3, 4):
        (here / "people" / "p00" / f"{number}.png").unlink()
    assert main(["init", "folder:people/"]) == 0
    out = capsys.readouterr().out
    assert "folder:people: class folders: 12 classes of 2 to 5 images, 57 in all; colour" in out
    assert f"read from {here / 'people'}" in out
    assert "left out: 1 class of fewer than 5 images (min_images)" in out
    assert "next: fewshot run mine.toml" in out
    assert read_suite("mine.toml").specs[0].dataset.options["min_images"] == 5
    short = ["--steps", "2", "--set", "training.val_every=1", "--set", "options.held_out.episodes=4"]
    short += ["--set", "options.held_out.val_episodes=4", "--set", "options.held_out.pairs=8"]
    assert main(["run", "mine.toml", *short, "--min-images", "2"]) == 2
    refused = (
        "need 5 images a class, but class p00 has 2: expected fewer queries or shots, or min_images = 5 of folder:"
    )
    assert refused in capsys.readouterr().err
    assert main(["run", "mine.toml", *short, "--only", "loss=triplet"]) == 0
    (file,) = (here / "results" / "runs").rglob("*.json")
    assert read_record(file).left_out == {"classes": 1, "images": 2}
    assert "folder:people: left out as they have fewer than 5 images: 1 class (2 images)" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["loss", "backbone", "similarity"])
def test_a_part_keeps_the_promises_of_its_kind_under_its_file_s_name(here, kind, capsys):
    assert main(["init", kind, "--out", "other.py"]) == 0
    assert "fewshot run quickstart --add other.py" in capsys.readouterr().out
    assert f"my_{kind}" not in (here / "other.py").read_text("utf-8")
    assert main(["check", "plugin", "other.py", "--thorough"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["loss"], "my_loss.py: expected a new file, got one that is there"),
        (["loss", "--out", "triplet.py"], "expected the name of a new loss, got triplet"),
        (["loss", "--out", "compare.py"], "compare.py: expected a name that a loss does not import, got compare"),
        (["loss", "--out", "my-loss.py"], "expected a name in Python, .* got 'my-loss'"),
        (["loss", "--out", "class.py"], "expected a name in Python"),
        (["backbone", "--out", "mine"], "--out mine: expected a name that ends in .py"),
        (["folder:some", "--out", "mine.py"], "expected a name that ends in .toml"),
        (["folder:some"], "folder:some: expected at least 8 classes of two or more images"),
        (["folder:none"], "folder:none: expected a folder or zip file none"),
        (["folder:"], "expected folder:DIR or one of loss, backbone, similarity, got 'folder:'"),
        (["some"], "got 'some'; folder:some is its images"),
        (["lost"], "got 'lost'"),
        (["loss", "--out", "new.py", "--data", "."], "--data: expected beside folder:DIR, got it beside loss"),
    ],
)
def test_a_wrong_request_is_one_message_and_writes_nothing(here, photographs, capsys, arguments, message):
    shutil.copytree(photographs / "people" / "p00", here / "some" / "p00")
    (here / "my_loss.py").write_bytes(b"mine")
    before = sorted(here.rglob("*"))
    assert main(["init", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("fewshot: ")
    assert re.search(message, line)
    assert sorted(here.rglob("*")) == before
    assert (here / "my_loss.py").read_bytes() == b"mine"
