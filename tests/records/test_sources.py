"""The digest of the sources: it changes with what makes numbers, and with nothing else."""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fewshot.records.sources import COUNTED, NO_NUMBERS, PACKAGE, digest_of_sources, makes_numbers
from fewshot.records.store import unfinished
from fewshot.registry.lookup import PACKAGES
from fewshot.suites.suite import read_suite

SPEC = read_suite("quickstart").specs[0]
RUNS = ("execution/run.py", "execution/torchrun.py", "evaluation/user_model.py")  # whatever makes numbers starts here


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    """The package's files in another place."""
    folder = tmp_path_factory.mktemp("copy") / "fewshot"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def checkpoint(copied, tmp_path):
    """Where a cell's state is kept, once a file has been edited, or is there."""

    def name(edited: str = "") -> Path:
        file = copied / edited
        before = file.read_bytes() if file.is_file() else None
        if edited:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes((before or b"") + b"\n")
        try:
            return unfinished(tmp_path, SPEC, {"sources": digest_of_sources(copied)})
        finally:
            if before is not None:
                file.write_bytes(before)
            elif edited:
                file.unlink()

    return name


@pytest.mark.parametrize(
    "edited",
    [
        "reporting/latex/table.py",
        "cli/table.py",
        "conformance/losses.py",
        "suites/published.py",
        "execution/ray/driver.py",
        "records/store.py",
        "benchmarks/losses.toml",
        "benchmarks/speed/report.py",
        "models/__pycache__/compare.cpython-311.pyc",
        "models/.compare.py",
        "py.typed",
    ],
)
def test_a_checkpoint_outlives_an_edit_of_what_makes_no_numbers(checkpoint, edited):
    assert checkpoint(edited) == checkpoint()


@pytest.mark.parametrize(
    "edited",
    [
        "training/loop.py",
        "models/losses/triplet.py",
        "models/losses/brand_new.py",
        "data/class_lists/omniglot.toml",
        "data/datasets/omniglot/checks.bin",
        "execution/run.py",
        "execution/ray/node.py",
        "records/record.py",
        "a_new_package/file.py",
    ],
)
def test_a_checkpoint_dies_of_an_edit_of_what_makes_numbers(checkpoint, edited):
    assert checkpoint(edited) != checkpoint()


def test_the_place_of_the_package_does_not_matter(copied):
    assert digest_of_sources(copied) == digest_of_sources()


def test_a_file_that_is_moved_or_split_makes_another_digest(copied, tmp_path):
    one, two = (tmp_path / name for name in "ab")
    for folder, texts in ((one, ("a", "bc")), (two, ("ab", "c"))):
        folder.mkdir()
        for name, text in zip(("x.py", "y.py"), texts, strict=True):
            (folder / name).write_text(text)
    assert digest_of_sources(one) != digest_of_sources(two)


def test_the_files_left_out_of_the_digest_exist():
    assert [name for name in NO_NUMBERS if not (PACKAGE / name).exists()] == ["benchmarks"]  # that is in the wheel


def test_nothing_that_a_run_imports_is_left_out():
    parts = {file for package in PACKAGES.values() for file in place(package).parent.rglob("*.py")}
    todo, seen = {*parts, *(PACKAGE / name for name in RUNS)}, set()
    while todo:
        seen.add(file := todo.pop())
        todo |= set(imported(file)) - seen
    names = {file.relative_to(PACKAGE).as_posix() for file in seen}
    assert {"training/loop.py", "core/rng.py", "tasks/sampler.py", "evaluation/measure.py"} < names
    assert {name for name in names if not makes_numbers(name)} == set()


def test_every_kind_of_file_that_the_package_holds_is_known():
    kinds = {file.suffix for file in PACKAGE.rglob("*.*") if file.is_file() and "__pycache__" not in file.parts}
    assert kinds - set(COUNTED) <= {".md", ".typed", ".safetensors", ".css", ".js"}


def imported(file: Path) -> Iterator[Path]:
    """The package's files that a file imports, in functions too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("fewshot."):
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                if place(name).exists():
                    yield place(name)


def place(module: str) -> Path:
    folder = PACKAGE.joinpath(*module.split(".")[1:])
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
