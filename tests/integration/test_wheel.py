"""The wheel stands on its own: it carries its suites and templates, declares what it imports, and can be installed."""

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_string
from importlib.metadata import packages_distributions
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


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def test_the_package_of_the_wheel_finds_what_it_carries(unpacked, tmp_path):
    words = (["list", "suites"], ["init", "loss"], ["data", "verify", "typefaces"])
    code = f"import sys; sys.path.insert(0, {str(unpacked)!r}); from fewshot.cli.main import main; "
    code += f"sys.exit(any(main(one) for one in {words!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert "omniglot-lake" in done.stdout
    assert "next: fewshot check plugin my_loss.py" in done.stdout
    assert "typefaces:" in done.stdout


def test_every_package_that_is_imported_is_declared(unpacked):
    (metadata,) = unpacked.glob("*.dist-info/METADATA")
    lines = message_from_string(metadata.read_text("utf-8")).get_all("Requires-Dist")
    declared = {re.match(r"[\w-]+", line)[0].lower() for line in lines}
    imported = set()
    for file in {*(unpacked / "fewshot").rglob("*.py")} - {*(unpacked / "fewshot" / "benchmarks").rglob("*.py")}:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {one.name.partition(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.partition(".")[0])
    known, others = packages_distributions(), imported - sys.stdlib_module_names - {"fewshot"}
    names = {one: {name.lower().replace("_", "-") for name in known.get(one, [one])} for one in others}
    assert {one for one, own in names.items() if not own & declared} == set()


@pytest.mark.slow
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


def test_the_wheels_sources_have_the_digest_of_the_clones(unpacked):
    for file in ("benchmarks/quickstart.toml", "cli/templates/mine.toml"):
        assert (unpacked / "fewshot" / file).exists()
    assert digest_of_sources(unpacked / "fewshot") == digest_of_sources()
