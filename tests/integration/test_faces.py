"""The public names: each has an example that runs, and type checkers know them and what they give."""

import ast
import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fewshot

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("[!.]*/**/README.md")]
TEMPLATES = (Path(fewshot.__file__).parent / "cli" / "templates").glob("*.py")
WITH_EXAMPLES = {
    "load_split", "sample_tasks", "train", "evaluate", "run", "table", "results", "compare", "compare_methods",
    "Gallery", "Verifier",
}  # fmt: skip
DECORATORS = {"loss", "backbone", "similarity", "learner", "dataset", "protocol"}
MY_MODULE = "from torch import nn\n\nmy_module = nn.Flatten()\n"  # where a page has a module of the reader's


def examples(name: str) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(getattr(fewshot, name).__doc__ or "")


@pytest.mark.parametrize("name", sorted(WITH_EXAMPLES | DECORATORS))
def test_its_example_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTest(examples(name), {}, name, None, None, None)
    assert test.examples
    lines: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert runner.run(test, out=lines.append).failed == 0, "".join(lines)


def test_type_checkers_see_the_names_that_there_are():
    (block,) = [node for node in ast.parse(Path(fewshot.__file__).read_text("utf-8")).body if isinstance(node, ast.If)
                and isinstance(node.test, ast.Name)]  # fmt: skip
    seen = {one.asname: node.module for node in block.body for one in node.names}
    assert seen == fewshot._MODULE


@pytest.mark.slow
def test_pyright_has_no_error_in_the_examples(tmp_path):
    """Those of the README files and of the public names, each a file, and the files that `fewshot init` writes."""
    pytest.importorskip("pyright", reason="needs pyright: uv run --all-groups")
    texts = [page.read_text("utf-8") for page in PAGES if page.exists()]
    for number, text in enumerate(re.findall(r"```python\n(.*?)```", "".join(texts), re.DOTALL)):
        (tmp_path / f"page_{number}.py").write_text(text if "my_module =" in text else MY_MODULE + text)
    for file in TEMPLATES:
        (tmp_path / file.name).write_text(file.read_text("utf-8"))
    for name in fewshot.__all__:
        (tmp_path / f"example_{name}.py").write_text("".join(one.source for one in examples(name)))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
