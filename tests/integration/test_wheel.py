"""The wheel stands on its own: installed in an empty environment, it knows its suites and can draw its letters."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from fewshot.records.sources import digest_of_sources

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not shutil.which("uv"), reason="needs uv to build and install the wheel")


def do(*command: str, cwd: Path) -> str:
    """What a command prints, in an environment that knows nothing of this one."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "FEWSHOT_DATA")
    env = {key: value for key, value in os.environ.items() if key not in ours}
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd, env=env).stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this clone."""
    folder = tmp_path_factory.mktemp("wheel")
    do("uv", "build", "--wheel", "--out-dir", str(folder), str(ROOT), cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_wheel_works_in_an_empty_environment(wheel, tmp_path):
    do("uv", "venv", str(tmp_path / "empty"), cwd=tmp_path)
    python = tmp_path / "empty" / "bin" / "python"
    do("uv", "pip", "install", "--python", str(python), str(wheel), cwd=tmp_path)
    fewshot = str(python.with_name("fewshot"))
    plan = do(fewshot, "run", "quickstart", "--dry-run", cwd=tmp_path)
    assert "5 cells, 0 of them recorded" in plan
    assert "omniglot-lake" in do(fewshot, "list", "suites", cwd=tmp_path)
    (tmp_path / "results").mkdir()
    assert "published" in do(fewshot, "figures", "quickstart", cwd=tmp_path)
    assert "next: fewshot check plugin my_loss.py" in do(fewshot, "init", "loss", cwd=tmp_path)
    assert "typefaces:" in do(fewshot, "data", "verify", "typefaces", cwd=tmp_path)


def test_the_wheels_sources_have_the_digest_of_the_clones(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    for file in ("benchmarks/quickstart.toml", "cli/templates/mine.toml"):
        assert (tmp_path / "fewshot" / file).exists()
    assert digest_of_sources(tmp_path / "fewshot") == digest_of_sources()
