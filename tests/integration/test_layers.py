"""The order of the house: packages of few files, what each may import, and names without torch."""

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
    "core.errors", "core.spec.run_spec", "core.statistics.best", "core.files", "registry.lookup", "protocols",
    "records.record", "records.store", "suites.suite", "suites.status", "reporting.table", "reporting.figures.draw",
    "cli.main",
)  # fmt: skip
CORE = ("core", "data", "models", "protocols", "tasks", "training", "evaluation", "execution/run.py")

PARTS = ("cli", "protocols", "models/backbones", "models/similarities", "models/losses", "models/learners")
FEW = 14  # files of a package beside its face, where they are not one a part or a command


def test_the_package_holds_packages_alone():
    files = {path.name for path in ROOT.iterdir() if path.is_file()}
    assert files == {"__init__.py", "__main__.py", "py.typed"}


def test_a_package_has_few_files():
    folders = {file.parent for file in ROOT.rglob("*.py")} - {ROOT, *(ROOT / name for name in PARTS)}
    counts = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) - 1 for folder in folders}
    assert {name: count for name, count in counts.items() if count > FEW} == {}


def test_no_private_name_crosses_a_package():
    found = set()
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fewshot"):
                private = [
                    name for name in (*node.module.split("."), *(one.name for one in node.names)) if name[0] == "_"
                ]
                own = ".".join(file.relative_to(ROOT.parent).parts[:2])
                if private and not node.module.startswith(own):
                    found.add((file.name, node.module, *private))
    assert found == set()


def test_every_file_says_what_it_holds():
    heads = {file: ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "" for file in ROOT.rglob("*.py")}
    clauses = ("What ", "Whether ", "Where ", "Which ", "How ", "Whose ")
    assert [file for file, text in heads.items() if not text or text.startswith(clauses)] == []


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
