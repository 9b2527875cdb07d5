"""What may be imported where: names and tables without torch, the core without the packages of single files."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fewshot

ROOT = Path(fewshot.__file__).parent
NO_TORCH = (
    "core.errors", "core.spec", "core.stats", "core.files", "registry.lookup", "protocols", "records.record",
    "records.store", "suites.suite", "suites.status", "reporting.table", "reporting.figures.draw", "cli.main",
)  # fmt: skip
CORE = ("core", "data", "models", "protocols", "tasks", "training", "evaluation", "execution/run.py")


def alone(code: str, *values: str) -> None:
    """Run code in a fresh interpreter."""
    paths = os.pathsep.join([str(ROOT.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environ = os.environ | {"PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-c", code, *values], capture_output=True, text=True, env=environ, check=False
    )
    assert done.returncode == 0, done.stderr or done.stdout


def test_names_suites_and_tables_need_no_torch():
    code = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    assert not {"torch", "torchvision", "jaxtyping"} & set(sys.modules), name
"""
    protocols = [f"protocols.{file.stem}" for file in (ROOT / "protocols").glob("[!_]*.py")]
    alone(code, "fewshot", *(f"fewshot.{name}" for name in (*NO_TORCH, *protocols)))


@pytest.mark.parametrize("arguments", [["list", "--detail"], ["table", "quickstart"]])
def test_looking_needs_no_torch(arguments, tmp_path):
    folder = ["--results", str(tmp_path)] if arguments[0] != "list" else []
    alone(
        "import sys; from fewshot.cli.main import main; sys.exit(main(sys.argv[1:]) or 'torch' in sys.modules)",
        *arguments,
        *folder,
    )


def test_the_core_imports_torch_torchvision_numpy_and_jaxtyping_and_no_other_package():
    """Any other package is imported by the function that needs it."""
    allowed = {"fewshot", "torch", "torchvision", "numpy", "jaxtyping"} | sys.stdlib_module_names
    found = {
        (file.name, package)
        for file in core_files()
        for package in imported_at_once(ast.parse(file.read_text("utf-8")))
    }
    assert {(file, package) for file, package in found if package not in allowed} == set()


def core_files() -> list[Path]:
    return [
        file for name in CORE for file in ((ROOT / name).rglob("*.py") if (ROOT / name).is_dir() else [ROOT / name])
    ]


def imported_at_once(node: ast.AST) -> Iterator[str]:
    """The packages that are imported when a module is, function bodies being left out."""
    for item in ast.iter_child_nodes(node):
        if isinstance(item, ast.Import):
            yield from (name.name.partition(".")[0] for name in item.names)
        elif isinstance(item, ast.ImportFrom):
            yield item.module.partition(".")[0]
        elif not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not for_types_alone(item):
            yield from imported_at_once(item)


def for_types_alone(node: ast.AST) -> bool:
    """Whether it is an `if TYPE_CHECKING:`, which no interpreter enters."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
