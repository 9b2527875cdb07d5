"""A made-up Omniglot of four characters, small enough to break in every way; photographs and miniImageNets."""

import io
import os
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from fewshot.data.datasets.omniglot import omniglot
from fewshot.data.datasets.omniglot.content import SIDE, Half, content_checks, content_digest

CHARACTERS = {
    "images_background": ["Ah/character01", "Ah/character02", "Be/character01"],
    "images_evaluation": ["Ce/character01"],
}
BACKGROUND = "images_background"


class World:
    """Two made-up halves: `ink` by name, the files of each archive, and the folder that they lie in."""

    def __init__(self, folder: Path):
        self.folder, self.halves, self.ink, self.files = folder, [], {}, {}
        draw = np.random.default_rng(0)
        for half, names in CHARACTERS.items():
            images = tuple(f"{name}/{n:04d}_{d:02d}.png" for n, name in enumerate(names) for d in range(1, 21))
            ink = draw.random((len(images), SIDE, SIDE)) < 0.1
            packed = np.packbits(ink, axis=-1)
            self.ink |= dict(zip(images, ink, strict=True))
            self.files[half] = {image: self.png(one) for image, one in zip(images, ink, strict=True)}
            digest = content_digest(half, images, packed)
            self.halves.append(Half(half, images, content_checks(packed), digest, md5="0" * 32))
            self.write_zip(half=half)

    @staticmethod
    def png(ink: np.ndarray) -> bytes:
        file = io.BytesIO()
        Image.fromarray(~ink).convert("1").save(file, "PNG")
        return file.getvalue()

    def zip(self, half: str = BACKGROUND) -> Path:
        return self.folder / "omniglot" / f"{half}.zip"

    def write_zip(self, changes: dict[str, bytes | None] | None = None, top: str | None = None, half: str = BACKGROUND):
        """The archive of one half, with files replaced, added, or (None) left out."""
        self.zip(half).parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(self.zip(half), "w") as archive:
            for name, content in (self.files[half] | (changes or {})).items():
                if content is not None:
                    archive.writestr((f"{half}/" if top is None else top) + name, content)

    def unpack(self, *folders: str) -> Path:
        """images_background as a folder in place of its archive."""
        self.zip().unlink()
        folder = self.folder.joinpath(*folders)
        for name, content in self.files[BACKGROUND].items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder

    def load(self, classes=CHARACTERS[BACKGROUND], size=None, folders=None):
        return omniglot(classes, size, folders or [self.folder])


@pytest.fixture
def world(tmp_path, monkeypatch) -> World:
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    made = World(tmp_path / "data")
    monkeypatch.setattr("fewshot.data.datasets.omniglot.halves", lambda: made.halves)

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(Half, "url", property(lambda half: f"http://127.0.0.1:9/{half.name}.zip"))  # nobody answers
    return made


@pytest.fixture(scope="session")
def photos() -> ModuleType:
    """What writes image files: `photographs.py`."""
    import photographs

    return photographs


@pytest.fixture(scope="session")
def making() -> ModuleType:
    """What makes a miniImageNet: `make_miniimagenet.py`."""
    import make_miniimagenet

    return make_miniimagenet


@pytest.fixture(scope="session")
def real_data() -> list[Path]:
    """The folders to look for real photographs in."""
    if not (folder := os.environ.get("FEWSHOT_DATA")):
        pytest.skip("needs the real photographs: set $FEWSHOT_DATA")
    return [Path(folder)]
