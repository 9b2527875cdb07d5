"""What the tests of commands on images share: a folder with a network and letters."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import fewshot
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
