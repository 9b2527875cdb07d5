"""The wheel stands on its own: installed in an empty environment, it knows its suites and can draw its letters."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not shutil.which("uv"), reason="needs uv to build and install the wheel")
def test_the_wheel_works_in_an_empty_environment(tmp_path):
    def do(*command, **keywords):
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=env, **keywords)

    ours = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "FEWSHOT_DATA")
    env = {key: value for key, value in os.environ.items() if key not in ours}
    do("uv", "build", "--wheel", "--out-dir", str(tmp_path), str(ROOT))
    (wheel,) = tmp_path.glob("*.whl")
    do("uv", "venv", str(tmp_path / "empty"))
    python = tmp_path / "empty" / "bin" / "python"
    do("uv", "pip", "install", "--python", str(python), str(wheel))
    plan = do(str(python.with_name("fewshot")), "run", "quickstart", "--dry-run").stdout
    assert "5 cells, 0 of them recorded" in plan
    assert "omniglot-lake" in do(str(python.with_name("fewshot")), "list", "suites").stdout
    assert "published" in do(str(python.with_name("fewshot")), "figures", "quickstart").stdout
    assert "typefaces:" in do(str(python.with_name("fewshot")), "data", "typefaces").stdout
