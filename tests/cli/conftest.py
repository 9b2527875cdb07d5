"""What the tests of commands on images share: a folder with a network and letters, and a gallery."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import fewshot
from fewshot.cli.main import main
from fewshot.verification.network_file import to_bytes
from fewshot.verification.verifier import Verifier


@pytest.fixture
def letters(small_network, tmp_path, monkeypatch) -> Path:
    """A folder with a network, letters as images, a blank image and a text; a and b are far more alike than a and c."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all").mkdir()
    bank = fewshot.load_split("typefaces", "scripts", "val", size=28)
    for name, number in (("a", 0), ("b", 1), ("c", 40)):
        image = Image.fromarray(255 - bank.pixels[number, 0].numpy())
        image.save(tmp_path / f"{name}.png")
        image.save(tmp_path / "all" / f"{name}.png")
    Image.new("L", (50, 50), 255).save(tmp_path / "all" / "blank.png")
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "empty").mkdir()
    near, far = (float(Verifier(small_network).score("a.png", f"{other}.png")) for other in "bc")
    assert near > far
    points = {"eer": (near + far) / 2, "fmr=0.01": near + 1}
    (tmp_path / "net.safetensors").write_bytes(to_bytes(replace(small_network, points=points)))
    return tmp_path


@pytest.fixture
def gallery(small_network, tmp_path, monkeypatch, capsys) -> Callable[[str], tuple[int, str, str]]:
    """Runs a command on the gallery `g`, in which a and b have two images each: exit code, output and errors.

    Its folder has a network, and three images each of the letters a, b and c.
    """
    monkeypatch.chdir(tmp_path)
    bank = fewshot.load_split("typefaces", "scripts", "val", size=28)
    for name, first in (("a", 0), ("b", 16), ("c", 40)):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.fromarray(255 - bank.pixels[first + number, 0].numpy()).save(f"{name}/{number}.png")
    Image.new("L", (50, 50), 255).save("c/blank.png")
    Path("text.png").write_text("no image")
    points = {"eer": -1e6, "fmr=0.01": -1e-6, "fmr=0.001": 1.0}
    Path("net.safetensors").write_bytes(to_bytes(replace(small_network, points=points)))

    def run(command: str) -> tuple[int, str, str]:
        words = shlex.split(command)
        model = ["--model", "net.safetensors"] if words[0] != "gallery" else []
        code = main([*words, "--gallery", "g", *model])
        return code, *capsys.readouterr()

    for name in "ab":
        assert run(f"enrol {name} {name}/0.png {name}/1.png")[0] == 0
    return run


@pytest.fixture
def refused(gallery) -> Callable[[str], str]:
    """The one message of a command that is refused and leaves the gallery as it was."""

    def message(command: str) -> str:
        before = Path("g").read_bytes()
        code, out, err = gallery(command)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert Path("g").read_bytes() == before
        return err

    return message
